package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"raksa/linkage/clk"
	"raksa/vault"
)

// overlapCommand is what each of the three parties needs to count the persons
// whom two lists have in common, without names (docs/without-names.md).
type overlapCommand struct {
	Key   overlapKeyCommand   `cmd:"" help:"Make a party's key, and beside it the public half for the others."`
	Count overlapCountCommand `cmd:"" help:"At the linkage unit: how many persons are on both lists."`
}

type overlapKeyCommand struct {
	Out string `arg:"" help:"Where to write the key; the public half gets .pub behind it." type:"path"`
}

// Run writes a new key; a file that is there already is not touched.
func (c *overlapKeyCommand) Run(context.Context) error {
	party, err := vault.NewParty(rand.Reader)
	if err != nil {
		return err
	}
	if err := writeNew(c.Out, text(party.Text())); err != nil {
		return err
	}
	if err := writeNew(c.Out+".pub", text(party.Public().Text())); err != nil {
		return errors.Join(err, os.Remove(c.Out))
	}
	fmt.Printf("keep %s to yourself; give %s.pub to the other two by hand\n", c.Out, c.Out)
	return nil
}

func text(line string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, line)
		return err
	}
}

type overlapCountCommand struct {
	Key  string `help:"The linkage unit's key." type:"existingfile" required:""`
	Keep bool   `help:"Keep the two lists. Without it they are deleted once the answer is printed."`
	A    string `arg:"" help:"Sealed filters of one party." type:"existingfile"`
	B    string `arg:"" help:"Sealed filters of the other." type:"existingfile"`
}

// overlapAnswer is all that the unit tells. Counts are rounded to tens.
type overlapAnswer struct {
	Exchange string `json:"exchange"`
	ListA    int    `json:"list_a"`
	ListB    int    `json:"list_b"`
	Both     int    `json:"both"`
	Low      int    `json:"low"`
	High     int    `json:"high"`
}

// leastTold is the least overlap that is told; a smaller one is "under 11", as
// in published tables.
const leastTold = 11

// Run compares two lists once. A second answer to the same pair and exchange
// is refused: from two answers that differ by one record follows who is on the
// other list.
func (c *overlapCountCommand) Run(context.Context) error {
	unit, err := readFile(c.Key, parseKey(vault.ParseParty))
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	open := func(name string) (clk.List, error) {
		list, err := readFile(name, func(r io.Reader) (clk.List, error) {
			plain, err := unit.Open(r)
			if err != nil {
				return clk.List{}, err
			}
			return clk.ReadList(plain)
		})
		if err != nil {
			return clk.List{}, fmt.Errorf("%s: %w", name, err)
		}
		return list, nil
	}
	a, err := open(c.A)
	if err != nil {
		return err
	}
	b, err := open(c.B)
	if err != nil {
		return err
	}
	if a.Pair != b.Pair || a.Exchange != b.Exchange {
		return &failed{what: "the two lists were not made for each other: both parties must use each other's public key and the same name of the exchange"}
	}
	if err := c.answerOnce(a.Pair); err != nil {
		return err
	}
	total := min(len(a.Filters), len(b.Filters))
	both, err := clk.Count(a.Filters, b.Filters, func(done int) error {
		if done%1000 == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d persons compared\n", done, total)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if both.Best < leastTold {
		fmt.Printf("exchange %q: fewer than %d persons are on both lists\n", a.Exchange, leastTold)
	} else if err := json.NewEncoder(os.Stdout).Encode(overlapAnswer{
		a.Exchange, tens(len(a.Filters)), tens(len(b.Filters)), tens(both.Best), tens(both.Low), tens(both.High),
	}); err != nil {
		return err
	}
	if c.Keep {
		return nil
	}
	return errors.Join(os.Remove(c.A), os.Remove(c.B))
}

func tens(n int) int { return (n + 5) / 10 * 10 }

// answerOnce writes the pair and exchange beside the unit's key before anything
// is told.
func (c *overlapCountCommand) answerOnce(pair string) error {
	name := c.Key + ".answered"
	told, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if strings.Contains(string(told), pair) {
		return &failed{what: "this exchange of the two parties was answered already; let them agree on a new name and encode again"}
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, pair+"\n")
	return errors.Join(err, file.Sync(), file.Close())
}
