package web

import "time"

// StickIn is the desk's page for files that a stick brought. It posts csrf
// first and then the files "bundle", as multipart/form-data, to /devices/carry.
type StickIn struct {
	Files  []StickFile // that this session took in, newest first
	MostMB int         // of one upload
	Typed  Typed
}

// StickFile is what came of one file.
type StickFile struct {
	Name    string // as the browser had it
	Code    string // of family "stick"
	Device  string // that wrote it; empty when it could not be told
	Center  string
	At      time.Time
	Changes int
	New     int  // of them that the office did not have
	Held    int  // of them set aside until a person decides
	Passed  int  // files of other devices in it
	Fork    bool // the device has a twin
	More    bool // the answer does not hold all news

	Answer   string // path of the answer for the way back; empty: there is none
	AnswerKB int
	Ref      string // to tell the help desk
}

// Refused says that the file was not taken in, or not to its end.
func (f StickFile) Refused() bool {
	return f.Code != "taken" && f.Code != "known" && f.Code != "gap"
}

// Asks says that a person has something to do about it.
func (f StickFile) Asks() bool { return f.Code == "gap" || f.Held > 0 || f.Fork }

func (StickIn) deskTemplate() string { return "stick" }
