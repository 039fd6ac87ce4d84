package main

import "raksa/syncengine"

// diagnosis is what a finding means and what to do. docs/howto/doctor.md says
// the same at length.
type diagnosis struct {
	means, do string
	note      bool
}

const (
	copyFirst   = "Copy the folder away before anything else, the -wal file with it."
	restoreOr   = "On a device: connect it; what the office has comes back by itself. At the office: restore the last good backup; devices send again what it lacks."
	comesAgain  = "On a device: connect it, and it reads the stream again. At the office: restore the last good backup."
	foldsItself = "Nothing: it is folded anew from the log at the next read or write. If it comes back, test the disk."
)

var diagnoses = map[string]diagnosis{
	"structure":               {"The file's structure is damaged; SQLite cannot read all of it.", copyFirst + " " + restoreOr, false},
	"disk_failed":             {"The disk failed while the file was read.", copyFirst + " Use another disk.", false},
	"schema_future":           {"A later program has written this file.", "Use that program, or a later one.", false},
	"moved":                   {"The office was copied elsewhere for good.", "Serve it where it was copied to. This one neither opens nor serves.", false},
	syncengine.FoundDamaged:   {"The bytes of a change no longer hash to its name.", copyFirst + " " + restoreOr, false},
	"cell_damaged":            {"What stands beside the log no longer agrees with its checksum.", copyFirst + " Folded state mends itself. For the rest: " + restoreOr, false},
	syncengine.FoundGap:       {"A change of this database's own chain is missing.", copyFirst + " " + restoreOr, false},
	syncengine.FoundSalt:      {"A stream is not what it was when its changes came.", comesAgain, false},
	syncengine.FoundDigest:    {"The digest of a stream is not that of its changes.", comesAgain, false},
	syncengine.FoundNotInLog:  {"A stream names a change that is not here.", comesAgain, false},
	syncengine.FoundFold:      {"Derived state differs from the log. The log is right.", foldsItself, false},
	syncengine.FoundBase:      {"The base that a record rests on does not open.", "Connect the device: the base is fetched again.", false},
	syncengine.FoundAckBeyond: {"More is marked as sent than was saved: an older database was put in its place.", "Connect it: the office notices the fork and keeps both branches.", false},
	"saves_lost":              {"The witness knows of saves that were acknowledged and are not in the database: its tail was damaged, or an older copy was put in its place.", copyFirst + " Start the program: it takes a new node id and says on the screen what is missing. Then connect it.", false},
	"witness_missing":         {"There is no witness: saves that were lost would not be noticed.", "Nothing; it is made at the next start. On a database that has been moved: bring its witness, or take care that it is the newest copy.", true},
	"witness_damaged":         {"Neither half of the witness can be believed.", "Nothing; it is written anew at the next save. If it comes back, test the disk.", true},
	"wrap_missing":            {"The office has no key for this record: it was pushed without one, or the key's cell is gone.", "Let the device that made it connect: it sends the key again. If it cannot, restore the key's cell from a backup.", false},
	"disk_low":                {"There is little room left on the disk.", "Make room. Saves are refused, and none is lost, when there is no room.", true},
}
