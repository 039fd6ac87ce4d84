package clk

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"raksa/linkage"
)

// A List is what one party gives to the linkage unit: a filter for each person,
// and what tells the unit which two lists belong together.
type List struct {
	Exchange string // what both parties call this exchange, as "2026-11"
	Pair     string // fingerprint of the secret of the two, in this exchange
	Filters  []Filter
}

// A SizeError is the error for a list with too few or too many persons.
type SizeError struct{ Persons int }

func (e *SizeError) Error() string {
	return fmt.Sprintf("a list has %d to %d persons with a name, this one %d", LeastRecords, MostRecords, e.Persons)
}

// ErrList is the error for bytes that are no list, or a list that was cut off.
var ErrList = errors.New("this is no list of filters")

// NewList encodes one record of each person: the one that says most. The
// filters are sorted, so their order says nothing. SizeError.
func (e *Encoder) NewList(exchange, pair string, records []linkage.Record, persons []linkage.RecordCluster) (List, error) {
	list := List{Exchange: exchange, Pair: pair}
	byID := make(map[string]linkage.Record, len(records))
	for _, r := range records {
		byID[r.ID] = r
	}
	for _, person := range persons {
		fullest, most := linkage.Profile{}, -1
		for _, id := range person.Members {
			p := linkage.NewProfile(byID[id])
			if n := len(tokens(p)); n > most {
				fullest, most = p, n
			}
		}
		if f, ok := e.Encode(fullest); ok {
			list.Filters = append(list.Filters, f)
		}
	}
	slices.SortFunc(list.Filters, func(a, b Filter) int { return slices.Compare(a[:], b[:]) })
	return list, list.check()
}

func (l List) check() error {
	if n := len(l.Filters); n < LeastRecords || n > MostRecords {
		return &SizeError{n}
	}
	return nil
}

// heading is the first line of a written list.
type heading struct {
	Format   string  `json:"format"`
	Exchange string  `json:"exchange"`
	Pair     string  `json:"pair"`
	Flip     float64 `json:"flip"`
	Persons  int     `json:"persons"`
}

// Write writes a heading as JSON and then a filter on each line.
func (l List) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	// What fails to be written is the writer's, and Flush reports it.
	_ = json.NewEncoder(out).Encode(heading{format, l.Exchange, l.Pair, FlipRate, len(l.Filters)})
	for _, f := range l.Filters {
		text, err := f.MarshalText()
		if err != nil {
			return err
		}
		_, _ = out.Write(append(text, '\n'))
	}
	return out.Flush()
}

// ReadList reads what Write wrote. ErrList, SizeError.
func ReadList(r io.Reader) (List, error) {
	lines := bufio.NewScanner(r)
	var head heading
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil {
		return List{}, ErrList
	}
	if head.Format != format || head.Flip != FlipRate {
		return List{}, fmt.Errorf("%w: made by another version", ErrList)
	}
	if head.Persons < LeastRecords || head.Persons > MostRecords {
		return List{}, &SizeError{head.Persons}
	}
	list := List{Exchange: head.Exchange, Pair: head.Pair}
	for lines.Scan() {
		var f Filter
		if err := f.UnmarshalText(lines.Bytes()); err != nil || len(list.Filters) == head.Persons {
			return List{}, ErrList
		}
		list.Filters = append(list.Filters, f)
	}
	if lines.Err() != nil || len(list.Filters) != head.Persons {
		return List{}, ErrList
	}
	return list, nil
}
