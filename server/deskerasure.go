package server

import (
	"slices"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/web"
)

func erasurePage(v *deskVisit) (deskReply, error) {
	id, err := v.record()
	if err != nil {
		return deskReply{}, err
	}
	s, err := v.seen(id)
	if err != nil {
		return deskReply{}, err
	}
	if s.Record.Erased {
		return deskReply{to: "/records/" + id.String()}, nil
	}
	if err := v.leaf(Leaf{What: "read", Record: id.String()}); err != nil {
		return deskReply{}, err
	}
	page := web.Erasure{RecordID: id.String(), Short: id.String()[:shortID], Typed: v.typed}
	if page.Who, err = v.row(s); err != nil {
		return deskReply{}, err
	}
	page.Holders, page.Offline, err = v.holders(id)
	return deskReply{page: page}, err
}

// holders names the devices that hold a key to a record: those whose streams it
// or a copy of it is in, and those that wrote in it.
func (v *deskVisit) holders(id syncengine.RecordID) (all, offline []string, _ error) {
	streams, err := v.streamsWith(id)
	if err != nil {
		return nil, nil, err
	}
	changes, err := v.tx.Record(id)
	if err != nil {
		return nil, nil, err
	}
	err = devices.Each(v.tx, nil, func(_ []byte, d deviceRow) error {
		pulls := slices.ContainsFunc(streamsOf(d.Entry), func(stream string) bool { return slices.Contains(streams, stream) })
		wrote := slices.ContainsFunc(changes, func(c *syncengine.Change) bool { return slices.Contains(d.Entry.Nodes, c.Node.String()) })
		if !pulls && !wrote {
			return nil
		}
		all = append(all, d.Entry.Name)
		if v.silent(d) {
			offline = append(offline, d.Entry.Name)
		}
		return nil
	})
	return all, offline, err
}

// streamsWith lists the streams of a record and of its copies for partners.
func (v *deskVisit) streamsWith(id syncengine.RecordID) ([]string, error) {
	streams, _, err := scope.Get(v.tx, id[:])
	if err != nil {
		return nil, err
	}
	err = releases.Each(v.tx, id[:], func(_ []byte, row released) error {
		if row.Copy != "" {
			streams = append(streams, streamPartner(row.Organisation))
		}
		return nil
	})
	return streams, err
}

// erase forgets a record. What was typed to confirm must be the start of its
// id. The reason is asked for and not kept: it would be about somebody who is
// to be forgotten.
func erase(v *deskVisit) (deskReply, error) {
	id, err := v.record()
	if err != nil {
		return deskReply{}, err
	}
	if v.asked("confirm") != id.String()[:shortID] {
		return deskReply{}, atField("confirm", errOtherConfirm)
	}
	if _, err := v.reason(); err != nil {
		return deskReply{}, err
	}
	rec, err := v.read(v.tx, id)
	if err != nil {
		return deskReply{}, err
	}
	if rec.Kind != casefile.KindInterview {
		return deskReply{}, errNotThere
	}
	if rec.Erased {
		return deskReply{}, errSettled
	}
	return deskReply{to: "/records", done: "erased"}, v.Erase(v.tx, id, v.staff.ID)
}
