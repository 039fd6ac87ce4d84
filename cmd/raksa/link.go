package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"raksa/linkage"
	"raksa/linkage/eval"
	"raksa/linkage/sheet"
)

// linkCommand groups the records of any list into persons, with the office's
// own linker.
type linkCommand struct {
	In        string   `help:"People as CSV with a heading (also .gz)." type:"existingfile" required:""`
	Out       string   `help:"Where to write rec_id,cluster_id." type:"path"`
	Columns   string   `help:"JSON map from the columns of khmer-dev to the file's own, such as {\"given_name_latin\": \"first_name\"}." type:"existingfile"`
	Truth     string   `help:"CSV of rec_id,person_id: measure the result. Never used for linking." type:"existingfile"`
	Decisions string   `help:"CSV of rec_a,rec_b,verdict (same, different, cannot_tell): what supervisors decided." type:"existingfile"`
	Memory    int64    `help:"MiB of memory near which the program collects harder." default:"3000"`
	Explain   string   `help:"Show the weight of a record pair, part by part: --explain A B." placeholder:"REC"`
	Other     []string `arg:"" optional:"" help:"The second record of --explain."`
}

// counted is the last line of the output.
type counted struct {
	Records  int    `json:"records"`
	Persons  int    `json:"persons"`
	Low      int    `json:"low"`
	High     int    `json:"high"`
	Clusters int    `json:"clusters"`
	Pairs    int    `json:"pairs_compared"`
	Model    string `json:"model"`
	Millis   int64  `json:"millis"`
}

// Run links, writes, measures and explains, as asked.
func (c *linkCommand) Run(ctx context.Context) error {
	began := time.Now()
	debug.SetMemoryLimit(c.Memory << 20)
	say := func(format string, values ...any) {
		fmt.Fprintf(os.Stderr, "%6.1f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, values...))
	}
	if (c.Explain == "") != (len(c.Other) == 0) || len(c.Other) > 1 {
		return errors.New("--explain takes two records")
	}
	var columns sheet.Columns
	var err error
	if c.Columns != "" {
		if columns, err = readFile(c.Columns, sheet.ReadColumns); err != nil {
			return err
		}
	}
	records, err := readFile(c.In, func(r io.Reader) ([]linkage.Record, error) { return sheet.PeopleBy(columns, r) })
	if err != nil {
		return err
	}
	say("%d records read", len(records))
	var decisions []linkage.Decision
	if c.Decisions != "" {
		if decisions, err = readFile(c.Decisions, sheet.Decisions); err != nil {
			return err
		}
	}
	model, policy := linkage.DefaultModel(), linkage.DefaultPolicy()
	policy.LearnTable = c.Columns != "" // The table was counted on our own columns.
	linked := linkage.Link(records, model, decisions, policy)
	say("%d pairs compared, %d persons", linked.Compared, len(linked.Partition.Clusters))
	if c.Out != "" {
		if err := writeFile(c.Out, func(w io.Writer) error { return sheet.WriteClusters(w, linked.Partition.Clusters) }); err != nil {
			return err
		}
	}
	if c.Explain != "" {
		if err := explain(linked, c.Explain, c.Other[0]); err != nil {
			return err
		}
	}
	if c.Truth != "" {
		if err := c.measure(records, linked); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(counted{
		Records: len(records), Persons: linked.Count.Persons, Low: linked.Count.Low, High: linked.Count.High,
		Clusters: linked.Count.Clusters, Pairs: linked.Compared, Model: linked.Model.Version(), Millis: time.Since(began).Milliseconds(),
	})
}

// explain prints a pair's weight as the sum of its parts, in bits.
func explain(linked *linkage.Linked, a, b string) error {
	c, known := linked.Explain(a, b)
	if !known {
		return errors.New("the list lacks one of the two records")
	}
	fmt.Printf("%s and %s\n", c.A, c.B)
	sum := 0.0
	for _, part := range c.Parts {
		sum += part.Weight
		fmt.Printf("  %-18s %-18s %+7.2f  %+7.2f  %s\n", part.Code, part.Level, part.Weight, sum, bar(part.Weight))
	}
	fmt.Printf("  %-18s %-18s %+7.2f           probability %.4f\n", "all", "", c.Weight, c.Probability)
	return nil
}

// bar draws bits to the left (against) or right (for) of a line.
func bar(bits float64) string {
	const half = 12
	n := min(int(max(bits, -bits)+0.5), half)
	if bits < 0 {
		return strings.Repeat(" ", half-n) + strings.Repeat("-", n) + "|"
	}
	return strings.Repeat(" ", half) + "|" + strings.Repeat("+", n)
}

// measure holds the result against the truth.
func (c *linkCommand) measure(records []linkage.Record, linked *linkage.Linked) error {
	truth, err := readFile(c.Truth, sheet.ReadTruth)
	if err != nil {
		return err
	}
	set, err := eval.NewSet(records, truth)
	if err != nil {
		return err
	}
	m, r := eval.Measure(set, linked.Partition), eval.Of(set, linked)
	fmt.Printf("pairs: precision %.4f, recall %.4f, F1 %.4f; B-cubed F1 %.4f\n", m.Precision, m.Recall, m.F1, m.BCubedF1)
	fmt.Printf("persons: %d true, %d clusters (%+.2f %%); %d falsely merged (%.2f %%); %d lost, %d invented\n",
		m.Persons, m.Clusters, 100*m.CountError, m.MergedPersons, percent(m.MergedPersons, m.Persons), m.PersonsLost, m.PersonsInvented)
	fmt.Printf("one household: %d of %d person pairs merged (%.2f %%)\n", m.KinMixed, m.KinPairs, percent(m.KinMixed, m.KinPairs))
	fmt.Printf("returned: %d of %d pairs across episodes linked (%.2f %%), %d of %d persons\n",
		m.ReturnFound, m.ReturnPairs, percent(m.ReturnFound, m.ReturnPairs), m.ReturnedLinked, m.Returned)
	fmt.Printf("blocking: pair recall %.4f at %.2f candidates per record; blocks skipped %v\n",
		r.BlockingRecall, float64(linked.Compared)/float64(max(len(records), 1)), linked.Skipped)
	return nil
}

func percent(part, whole int) float64 { return 100 * float64(part) / float64(max(whole, 1)) }

func readFile[T any](name string, read func(io.Reader) (T, error)) (out T, err error) {
	file, err := os.Open(name)
	if err != nil {
		return out, err
	}
	defer file.Close()
	if !strings.HasSuffix(name, ".gz") {
		return read(file)
	}
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return out, err
	}
	return read(unpacked)
}

// writeFile writes a file that only its owner may read.
func writeFile(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
