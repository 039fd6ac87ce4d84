package simtest

// Where a fault is exercised.
const (
	Here  = "here"                 // in this simulator, in the pure core
	Hosts = "whole hosts"          // in virtual time, over pipes, with SQLite (cmd/raksa/trial)
	Disks = "processes and disks"  // real kills, real files, full and failing disks
	Data  = "PostgreSQL processes" // several servers on one database
)

// A Fault is one entry of the fault vocabulary of the reliability study, §4.2,
// or of the programme's other laws.
type Fault struct {
	Name  string
	Where string
	// Counts are the counters that show it was exercised here; each must have
	// risen in a long run.
	Counts []string
}

// Vocabulary is every fault and everyday act that the study asks for. A long
// run fails when one of ours was never exercised.
var Vocabulary = []Fault{
	{"save", Here, []string{"page opened", "page saved"}},
	{"save-batch", Here, []string{"two pages saved at once"}},
	{"edit conflict field", Here, []string{"record compared", "contested field settled"}},
	{"resolve", Here, []string{"contested field settled"}},
	{"delete", Here, []string{"answer struck"}},
	{"undelete", Here, []string{"struck answer written again"}},
	{"signed by a person", Here, []string{"signed by a person"}},
	{"new form version, old tablets still speaking", Here, []string{"saved under a new form version", "program updated"}},
	{"schema migration of the database forward", Disks, nil},
	{"request lost", Here, []string{"request lost"}},
	{"response lost", Here, []string{"answer lost, with its page of news"}},
	{"request duplicated", Here, []string{"message repeated", "message arrived three times in a row"}},
	{"page lost", Here, []string{"answer lost, with its page of news"}},
	{"page reordered, delayed", Here, []string{"message overtaken", "late news refused"}},
	{"connection cut inside a page, at any byte", Here, []string{"message cut", "damaged message refused"}},
	{"byte flipped on the way", Here, []string{"byte of a message flipped", "damaged block refused"}},
	{"block taken out on the way", Here, []string{"block taken out of an answer"}},
	{"server killed before its commit", Here, []string{"office killed: exchange, before the commit", "office killed: order, before the commit"}},
	{"server killed after its commit", Here, []string{"office killed: exchange, after the commit", "office killed: order, after the commit"}},
	{"tablet killed in a save, before the commit (1)", Here, []string{"tablet killed: save, before the commit"}},
	{"tablet killed in a save, after the commit (2)", Here, []string{"tablet killed: save, after the commit"}},
	{"tablet killed before a push leaves (3)", Here, []string{"tablet killed: push, before the request leaves, before the commit"}},
	{"tablet killed after a push left (4)", Here, []string{"tablet killed: push, before the request leaves, after the commit"}},
	{"tablet killed at the receipt, before the commit (5)", Here, []string{"tablet killed: push, the receipt, before the commit"}},
	{"tablet killed between receipt and pull (6)", Here, []string{"tablet killed: push, the receipt, after the commit"}},
	{"tablet killed in a pull, before the commit (7)", Here, []string{
		"tablet killed: pull, a page of changes, before the commit", "tablet killed: pull, a page of orders, before the commit",
	}},
	{"tablet killed in a pull, after the commit", Here, []string{
		"tablet killed: pull, a page of changes, after the commit", "tablet killed: pull, a page of orders, after the commit",
	}},
	{"tablet killed at an unlock", Here, []string{"tablet killed: unlock, before the commit", "tablet killed: unlock, after the commit"}},
	{"tablet power cut", Disks, nil},
	{"disk full on tablet and server", Here, []string{"disk full at the tablet", "disk full at the office"}},
	{"disk full on a real file system, fsync fails, read-only", Disks, nil},
	{"tablet restored from an old backup", Here, []string{"tablet restored from a backup", "fork noticed", "new node id after a fork or a rewind"}},
	{"tablet cloned", Here, []string{"tablet cloned", "fork noticed"}},
	{"tablet database copied back while its WAL is newer", Here, []string{"tablet lost the tail of its log"}},
	{"tablet destroyed", Here, []string{"tablet destroyed", "only copy destroyed"}},
	{"server restored from an old backup", Here, []string{"office restored from a backup", "unknown base answered", "position unknown at the office", "common position found"}},
	{"server given back what it lost", Here, []string{"lost at the office, and still on a tablet", "list of lost changes proven", "change taken back"}},
	{"server given back what only a revoked tablet has", Here, []string{"revoked tablet asked for what the office lost"}},
	{"server given back what it never had", Here, []string{"order forged", "kind forged", "change given back without proof"}},
	{"server restored twice", Here, []string{"office restored twice"}},
	{"fail-over to a lagging replica", Here, []string{"office failed over to a lagging copy"}},
	{"PostgreSQL: several writers, immediate stop", Data, nil},
	{"LAN transfer", Here, []string{"tablets met"}},
	{"bundle imported", Here, []string{"bundle written", "bundle brought to the office"}},
	{"bundle imported twice", Here, []string{"bundle kept for another time"}},
	{"bundle out of order", Here, []string{"bundle out of order"}},
	{"bundle truncated", Here, []string{"bundle truncated"}},
	{"bundle with one flipped byte", Here, []string{"bundle with a flipped byte"}},
	{"bundle brought to the wrong center", Here, []string{"bundle brought to the wrong place"}},
	{"hub killed and restored", Hosts, nil},
	{"clock wrong by minutes, years, backwards", Here, []string{"clock set wrong"}},
	{"role changed", Hosts, nil},
	{"device revoked", Here, []string{"device revoked", "change of a revoked device held back"}},
	{"device enrolled again", Here, []string{"device enrolled again"}},
	{"first sync from a base", Here, []string{"late tablet begun", "first sync from bases finished", "record with a base compared"}},
	{"a base cut, lost or damaged on the way", Here, []string{"page of bases lost", "page of bases cut", "byte of a page of bases flipped", "damaged page of bases refused"}},
	{"a base that lacks what it says", Here, []string{"base left out of a page", "snapshot that does not come to its digest refused"}},
	{"an older page of bases once more", Here, []string{"older page of bases for the same question"}},
	{"a base overtaken by an order", Here, []string{"page of bases refused for want of orders", "base fetched again"}},
	{"tablet killed while it takes a base", Here, []string{
		"tablet killed: first sync, a page of bases, before the commit", "tablet killed: first sync, a page of bases, after the commit",
	}},
	{"compaction of what everybody has", Here, []string{"record compacted", "tablet killed: compaction, before the commit", "tablet killed: compaction, after the commit"}},
	{"a late branch of a compacted record", Here, []string{"change that came after the base of its record"}},
	{"office restored after a compaction", Here, []string{"office restored after a compaction", "office failed over after a compaction"}},
	{"scope entered, transferred", Here, []string{"record transferred"}},
	{"scope left: eviction", Here, []string{"record evicted", "page closed by an erasure or eviction"}},
	{"erasure during all of it", Here, []string{"record erased"}},
	{"withdrawal, orders before all else", Here, []string{"consent withdrawn"}},
	{"quarantine", Here, []string{"order: quarantine"}},
	{"release", Here, []string{"order: release"}},
	{"discard", Here, []string{"order: discard"}},
	{"keys locked, on tablet and office", Here, []string{"locked", "unlocked"}},
	{"damage of a stored change", Here, []string{"stored change damaged"}},
	{"damage of a stored fold", Here, []string{"stored fold damaged"}},
	{"damage of a database file or WAL", Disks, nil},
	{"slow loris, half-open, buffering proxy", Hosts, nil},
}

// Missing lists the counters of faults that are ours and never rose.
func Missing(counts Counts) []string {
	var missing []string
	for _, fault := range Vocabulary {
		for _, what := range fault.Counts {
			if counts[what] == 0 {
				missing = append(missing, fault.Name+": "+what)
			}
		}
	}
	return missing
}
