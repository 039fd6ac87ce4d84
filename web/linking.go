package web

import "time"

// Linking is by what the office compares and links records: what is in force,
// and every estimate with what it would change. It posts {csrf, links} to
// /pairs/linking/estimate, where links is "persons" or "automatic", and {csrf,
// setting} to /pairs/linking/take.
type Linking struct {
	Version   string // of table, shares and threshold together
	LinkBits  string // threshold of links without a person; empty is none
	Automatic int    // links that stand by it
	Comparing bool   // the pairs are being compared again
	Rows      []LinkingRow
}

// LinkingRow is one estimate.
type LinkingRow struct {
	ID            string
	Version       string
	Pairs         int // that were compared
	Enter, Leave  int // pairs that it brings into the queue, and takes out
	Before, After int // persons in all records
	LinkBits      string
	Who           string    // took it over last; empty is nobody
	At            time.Time // when
	Now           bool      // in force
}

func (Linking) deskTemplate() string { return "linking" }
