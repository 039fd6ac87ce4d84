package main

import (
	"encoding/json"
	"fmt"
	"os"

	"raksa/cmd/raksa/night"
)

// place is one address of the demo and who signs in there.
type place struct {
	Name   string `json:"name"`
	URL    string `json:"url"`
	Who    string `json:"who"`
	Secret string `json:"secret"`
}

// printPlaces says where to look, as whom, and what to look at first.
func printPlaces(places []place) {
	fmt.Printf("\nEverybody signs in with the secret  %s\n\n", night.Secret)
	for _, p := range places {
		fmt.Printf("  %-6s %s\n         sign in as %s\n", p.Name, p.URL, p.Who)
	}
	fmt.Print(`
What to look at first:
  1. The desk: possible duplicates. Five people were written down twice, spelled
     otherwise. Link one pair: the count of persons falls by one; undo it.
  2. The desk: contested answers. Two devices answered one question differently
     while the link was cut; both stand until somebody settles it.
  3. PTC-2: the referral that the partner declined, with the reason.
  4. PTC-1, the tablet in the hall: what it closed has no name on it any more.

Ctrl-C ends the night.
`)
}

// writePlaces writes the addresses for tests.
func writePlaces(path string, places []place) error {
	for i := range places {
		places[i].Secret = night.Secret
	}
	text, err := json.MarshalIndent(places, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}
