package web

import "time"

// Forms lists the form versions and what a chosen file would change. A file is
// posted to /devices/forms (csrf first, then the file "form", as
// multipart/form-data); what it changes is shown before it is published by a
// post of {sha256} to /devices/forms/publish.
type Forms struct {
	Versions []FormVersion // the newest first
	Draft    *FormDraft
	Typed    Typed
}

// FormVersion is a version that interviews may stand on.
type FormVersion struct {
	Version   string
	At        time.Time // zero for the program's own
	Questions int       // 0: this program does not understand it
	Short     int       // of them in the short form
	Newest    bool      // new interviews are begun with it
}

// FormDraft is a file that was looked at and is not published.
type FormDraft struct {
	Version string
	Before  string // the version that it is held against
	SHA256  string // hex
	Changes []FormChange
	Problem string // why it may not be published, for whoever wrote it; empty: it may
}

// FormChange is one difference.
type FormChange struct {
	Kind string // code of family "formchange"
	What string // "question tri_when", "choice yn/yes"
	How  string // names of columns
}

func (Forms) deskTemplate() string { return "forms" }
