package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"time"

	"raksa/carrier"
	"raksa/syncengine"
	"raksa/web"
)

const (
	// carriedUploadMax bounds what one form may bring; a longer file is taken in
	// on the office's own machine.
	carriedUploadMax = 256 << 20

	// carriedAtOnceMax is how many people may bring files at the same time: each
	// holds a few MiB and a connection to the store.
	carriedAtOnceMax = 2

	formTokenMax = 256 // bytes of the form's csrf
)

// stickPage takes files in that a stick brought, and gives the answers.
func stickPage(v *deskVisit) (deskReply, error) {
	page := web.StickIn{MostMB: carriedUploadMax >> 20, Typed: v.typed}
	for _, one := range v.sessions.stickFiles(v.session) {
		page.Files = append(page.Files, one.view)
	}
	return deskReply{page: page}, nil
}

// openUpload reads the form's token, which stands before the files, so that
// nothing of them is read for somebody who may not bring them.
func (v *deskVisit) openUpload() error {
	parts, err := v.r.MultipartReader()
	if err != nil {
		return nil // an ordinary form: it brings no file
	}
	first, err := parts.NextPart()
	if err != nil || first.FormName() != "csrf" {
		return errStaleForm
	}
	token, err := io.ReadAll(io.LimitReader(first, formTokenMax))
	if err != nil {
		return err
	}
	v.r.PostForm.Set("csrf", string(token))
	v.upload = parts
	return nil
}

// takeStick takes every file of the form, one after the other as it comes. What
// is refused does not hold up the others, and what came before a break is kept.
func takeStick(v *deskVisit) (deskReply, error) {
	if v.upload == nil {
		return deskReply{}, atField("bundle", errNoChoice)
	}
	if v.carrying.Add(1) > carriedAtOnceMax {
		v.carrying.Add(-1)
		return deskReply{}, syncengine.ErrBusy
	}
	defer v.carrying.Add(-1)
	for came := 0; ; {
		part, err := v.upload.NextPart()
		switch {
		case err == io.EOF && came == 0:
			return deskReply{}, atField("bundle", errNoChoice)
		case err == io.EOF:
			return deskReply{to: "/devices/carry"}, nil
		case err != nil:
			v.keepStickFile(&stickFile{view: web.StickFile{Code: stickCode(err), At: v.Now()}})
			return deskReply{to: "/devices/carry"}, nil
		case part.FormName() == "bundle" && part.FileName() != "":
			came++
			v.keepStickFile(v.takeStickFile(part))
		}
	}
}

func (v *deskVisit) keepStickFile(one *stickFile) {
	if !v.sessions.keepStickFile(v.session, one) {
		one.drop() // the session ended meanwhile
	}
}

// takeStickFile takes one file as `raksa tool carry in` does, and keeps the
// answer for whoever carries it back.
func (v *deskVisit) takeStickFile(part *multipart.Part) *stickFile {
	one := &stickFile{view: web.StickFile{Name: shortName(part.FileName()), At: v.Now()}}
	ctx, line := v.r.Context(), newOpenLine(v.w)
	in, err := v.TakeCarried(ctx, line.reading(part), func(head carrier.Head) (io.Writer, error) {
		if err := v.mayCarry(ctx, head, &one.view); err != nil {
			return nil, err
		}
		var err error
		one.name, one.device = head.Name, head.To
		one.answer, err = newSpool()
		return one.answer, err
	}, 0, func(Carried) { line.keep() })
	one.view.Changes, one.view.New, one.view.Held = in.Changes, in.New, in.Held
	one.view.Fork, one.view.More, one.view.Passed = in.Fork, in.More, in.Passed
	one.view.Code = stickCode(err)
	if err == nil {
		one.view.Code = "taken"
		switch {
		case in.Gap:
			one.view.Code = "gap"
		case in.New == 0 && in.Held == 0:
			one.view.Code = "known"
		}
	}
	if one.view.Code == "trouble" {
		one.view.Ref = v.shortRef()
		v.Log.Error().Str("ref", one.view.Ref).Str("type", fmt.Sprintf("%T", err)).Msg("a file of a stick could not be taken in")
	}
	if in.Answers == 0 || errors.Is(err, carrier.ErrFull) {
		one.drop()
		return one
	}
	one.view.Answer = "/devices/carry/" + one.name.File()
	one.view.AnswerKB = int(one.answer.size+1023) >> 10
	return one
}

// mayCarry is asked when the sender is proven and before anything is taken: who
// looks after one center takes in what its own devices wrote. No file is taken
// without a leaf.
func (v *deskVisit) mayCarry(ctx context.Context, head carrier.Head, shown *web.StickFile) error {
	err := v.Store.View(ctx, func(tx syncengine.Tx) error {
		row, err := loadDevice(tx, head.To)
		if err != nil {
			return err
		}
		if v.staff.Center != "" && v.staff.Center != row.Entry.Center {
			return &Denied{Reason: "carry_center"}
		}
		shown.Device, shown.Center = row.Entry.Name, v.siteText(row.Entry.Center)
		return nil
	})
	leaf := Leaf{What: "carried", Person: v.staff.ID.String(), Device: head.To.String()}
	var denied *Denied
	if errors.As(err, &denied) {
		leaf.What, leaf.Reason = "refused", denied.Reason
		return errors.Join(err, v.auditAlone(ctx, leaf))
	}
	if err != nil {
		return err
	}
	return v.auditAlone(ctx, leaf)
}

// answerFile gives the answer to a file that this session took in.
func answerFile(v *deskVisit) (deskReply, error) {
	for _, one := range v.sessions.stickFiles(v.session) {
		if one.answer == nil || one.name.File() != v.r.PathValue("answer") {
			continue
		}
		leaf := Leaf{What: "carried_back", Device: one.device.String()}
		return deskReply{file: &deskFile{name: one.name.File(), content: one.answer.reader()}}, v.leaf(leaf)
	}
	return deskReply{}, errNotThere
}

// deskFile is a reply that the browser keeps as a file.
type deskFile struct {
	name    string
	content io.ReadSeeker
}

func (f *deskFile) send(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	http.ServeContent(w, r, "", time.Time{}, f.content)
}

// stickCode is the one place where what became of a file turns into a code of
// web's family "stick".
func stickCode(err error) string {
	var large *http.MaxBytesError
	var unknown *UnknownDevice
	var denied *Denied
	switch {
	case errors.As(err, &large):
		return "too_big"
	case errors.As(err, &denied):
		return "other_center"
	case errors.As(err, &unknown):
		return "sender"
	}
	for _, row := range []struct {
		err  error
		code string
	}{
		{carrier.ErrFull, "no_room"},
		{syncengine.ErrNoRoom, "no_room"},
		{carrier.ErrForeign, "foreign"},
		{carrier.ErrCut, "cut"},
		{io.ErrUnexpectedEOF, "cut"},
		{context.Canceled, "cut"},
		{carrier.ErrDamaged, "damaged"},
		{carrier.ErrTooLong, "damaged"},
		{carrier.ErrOtherReceiver, "elsewhere"},
		{carrier.ErrKind, "kind"},
		{carrier.ErrSender, "sender"},
	} {
		if errors.Is(err, row.err) {
			return row.code
		}
	}
	return "trouble"
}

// shortName is a file's name without its folder, at a length that a page bears.
func shortName(name string) string {
	letters := []rune(path.Base(name))
	return string(letters[:min(len(letters), 60)])
}
