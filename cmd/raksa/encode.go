package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"raksa/linkage"
	"raksa/linkage/clk"
	"raksa/linkage/sheet"
	"raksa/vault"
)

// encodeCommand turns a list of people into filters that only the linkage unit
// can compare, and that nobody can read.
type encodeCommand struct {
	In       string `help:"Your people as CSV with a heading (also .gz). It stays with you." type:"existingfile" required:""`
	Columns  string `help:"JSON map from the columns of the tool to the file's own (as tool link)." type:"existingfile"`
	Key      string `help:"Your own key, from: raksa tool overlap key." type:"existingfile" required:""`
	With     string `help:"The public key of the other party with a list." type:"existingfile" required:""`
	Unit     string `help:"The public key of the linkage unit, which alone can open the result." type:"existingfile" required:""`
	Exchange string `help:"A name that both parties use for this comparison, and never again, such as 2026-11." required:""`
	Out      string `help:"Where to write the sealed filters." type:"path" required:""`
}

// Run writes the sealed filters, one for each person.
func (c *encodeCommand) Run(ctx context.Context) error {
	own, err := readFile(c.Key, parseKey(vault.ParseParty))
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	with, err := readFile(c.With, parseKey(vault.ParsePartyPublic))
	if err != nil {
		return fmt.Errorf("--with: %w", err)
	}
	unit, err := readFile(c.Unit, parseKey(vault.ParsePartyPublic))
	if err != nil {
		return fmt.Errorf("--unit: %w", err)
	}
	for _, other := range []*vault.PartyPublic{own.Public(), with} {
		if other.Text() == unit.Text() {
			return errors.New("the linkage unit must be a third: who has the secret and the filters can try out every name")
		}
	}
	secrets, err := own.Exchange(with, c.Exchange)
	if err != nil {
		return fmt.Errorf("--with: %w", err)
	}
	list, err := c.list(secrets)
	if err != nil {
		return err
	}
	err = writeFile(c.Out, func(w io.Writer) error {
		sealed, err := unit.Seal(w)
		if err != nil {
			return err
		}
		return errors.Join(list.Write(sealed), sealed.Close())
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d persons are encoded for the exchange %q; give %s to the linkage unit, and to nobody else\n", len(list.Filters), c.Exchange, c.Out)
	return nil
}

// list links the file first, so that a person stands in the list once.
func (c *encodeCommand) list(secrets vault.Exchange) (clk.List, error) {
	var columns sheet.Columns
	var err error
	if c.Columns != "" {
		if columns, err = readFile(c.Columns, sheet.ReadColumns); err != nil {
			return clk.List{}, err
		}
	}
	records, err := readFile(c.In, func(r io.Reader) ([]linkage.Record, error) { return sheet.PeopleBy(columns, r) })
	if err != nil {
		return clk.List{}, err
	}
	linked := linkage.Link(records, linkage.DefaultModel(), nil, linkage.DefaultPolicy())
	fmt.Fprintf(os.Stderr, "%d records, %d persons\n", len(records), len(linked.Partition.Clusters))
	encoder, err := clk.NewEncoder(secrets.Shared, secrets.Own)
	if err != nil {
		return clk.List{}, err
	}
	list, err := encoder.NewList(c.Exchange, secrets.Fingerprint, records, linked.Partition.Clusters)
	var size *clk.SizeError
	if errors.As(err, &size) {
		return clk.List{}, &failed{what: err.Error() + "; in a small list a count says something about a person"}
	}
	return list, err
}

// keyFileMax bounds what is read of a key file; a public key has some 2,100 bytes.
const keyFileMax = 16 << 10

func parseKey[T any](parse func(string) (T, error)) func(io.Reader) (T, error) {
	return func(r io.Reader) (T, error) {
		text, err := io.ReadAll(io.LimitReader(r, keyFileMax))
		if err != nil {
			var none T
			return none, err
		}
		return parse(string(text))
	}
}
