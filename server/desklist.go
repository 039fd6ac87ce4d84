package server

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/web"
)

// listsAtOnceMax is how many files of arrivals are read at the same time: a
// workbook has a process of its own.
const listsAtOnceMax = 2

// listUploadMax bounds a form that brings one.
const listUploadMax = casefile.ListFileMax + 64<<10

var errBigFile = errors.New("server: the file is larger than a list may be")

// lookedAt is a list that somebody brought and has not taken in yet. It lasts as
// long as the session, or until the next one.
type lookedAt struct {
	group syncengine.RecordID
	token string
	file  string
	list  casefile.List
}

func (s *sessions) keepList(one *session, list *lookedAt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.list = list
}

func (s *sessions) listOf(one *session) *lookedAt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return one.list
}

// bringList reads a file of arrivals and keeps nothing of it but for the page
// that shows what it would bring.
func bringList(v *deskVisit) (deskReply, error) {
	if v.upload == nil {
		return deskReply{}, atField("list", errNoChoice)
	}
	name, data, err := v.listFile()
	if err != nil {
		return deskReply{}, err
	}
	if v.listing.Add(1) > listsAtOnceMax {
		v.listing.Add(-1)
		return deskReply{}, syncengine.ErrBusy
	}
	defer v.listing.Add(-1)
	looked := &lookedAt{file: name}
	err = v.Store.View(v.r.Context(), func(tx syncengine.Tx) error {
		v.tx = tx
		_, g, err := v.arrivalGroup()
		looked.group = g.ID
		return err
	})
	v.tx = nil
	if err != nil {
		return deskReply{}, err
	}
	if looked.list, err = casefile.OpenList(v.r.Context(), name, data, v.Workbook); errors.Is(err, casefile.ErrNoWorkbook) {
		looked.list, err = casefile.List{Faults: []*casefile.LineError{{Line: 1, Code: casefile.ListNoWorkbook}}}, nil
	}
	if err != nil {
		return deskReply{}, err
	}
	var raw [8]byte
	if _, err := io.ReadFull(v.Random, raw[:]); err != nil {
		return deskReply{}, err
	}
	looked.token = hex.EncodeToString(raw[:])
	v.sessions.keepList(v.session, looked)
	return deskReply{to: "/arrivals/" + looked.group.String() + "/list"}, nil
}

// listFile gives the one file of the form.
func (v *deskVisit) listFile() (name string, data []byte, err error) {
	for {
		part, err := v.upload.NextPart()
		if err == io.EOF {
			return "", nil, atField("list", errNoChoice)
		}
		if err != nil {
			return "", nil, err
		}
		if part.FormName() != "list" || part.FileName() == "" {
			continue
		}
		var into bytes.Buffer
		if _, err := io.Copy(&into, io.LimitReader(part, casefile.ListFileMax+1)); err != nil {
			return "", nil, err
		}
		if into.Len() > casefile.ListFileMax {
			return "", nil, atField("list", errBigFile)
		}
		return shortName(part.FileName()), into.Bytes(), nil
	}
}

// listPage shows what the list that was brought last would bring.
func listPage(v *deskVisit) (deskReply, error) {
	_, g, err := v.arrivalGroup()
	if err != nil {
		return deskReply{}, err
	}
	looked := v.sessions.listOf(v.session)
	if looked == nil || looked.group != g.ID {
		return deskReply{to: "/arrivals/" + g.ID.String()}, nil
	}
	page := web.ArrivalList{Group: v.groupView(g), File: looked.file, Token: looked.token, Preview: web.ListPreview{
		Unknown: looked.list.Unknown, Encoding: string(looked.list.Encoding),
	}}
	for _, line := range looked.list.Lines {
		page.Preview.Lines = append(page.Preview.Lines, v.listLine(line, true)) // whoever brought it has read it
	}
	for _, fault := range looked.list.Faults {
		page.Preview.Errors = append(page.Preview.Errors, web.ImportError{
			Sheet: fault.Sheet, Line: fault.Line, Letter: fault.Letter, Column: fault.Column, Code: fault.Code,
		})
	}
	return deskReply{page: page}, nil
}

// takeList takes in what was shown, and nothing that came after it.
func takeList(v *deskVisit) (deskReply, error) {
	_, g, err := v.arrivalGroup()
	if err != nil {
		return deskReply{}, err
	}
	looked := v.sessions.listOf(v.session)
	if looked == nil || looked.group != g.ID || looked.token != v.asked("token") || len(looked.list.Lines) == 0 {
		return deskReply{}, errStaleForm
	}
	v.sessions.keepList(v.session, nil)
	return v.changeArrivals("list_take", "list_taken", casefile.GroupEdit{
		Lines: looked.list.Lines, Import: looked.token[:8], Faults: len(looked.list.Faults),
	})
}
