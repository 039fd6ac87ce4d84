package server

import (
	"errors"
	"strings"

	"raksa/casefile"
	"raksa/syncengine"
)

// copyBack keeps the partner's copies that came back after a restore, by
// organisation and request: the request that they answer must not be released
// a second time.
const copyBack syncengine.Table[string] = "copy-back" // organisation ‖ 0 ‖ request: record id of the copy

func copyBackKey(organisation, request string) []byte { return []byte(organisation + "\x00" + request) }

// noteCopy notes a copy or an answer that came back.
func (o *Office) noteCopy(tx syncengine.Tx, c *syncengine.Change) error {
	switch c.Kind {
	case casefile.KindAnswer:
		return o.linkAgain(tx, c)
	case casefile.KindReferral:
	default:
		return nil
	}
	rec, err := o.read(tx, c.Record)
	if err != nil {
		return err
	}
	copied, err := casefile.OpenReferral(rec, o.Forms)
	if notOfKind(err) || err == nil && copied.Request == "" {
		return nil // its keys come back later
	}
	if err != nil {
		return err
	}
	streams, _, err := scope.Get(tx, c.Record[:])
	if err != nil {
		return err
	}
	for _, stream := range streams {
		if organisation, is := strings.CutPrefix(stream, streamPartner("")); is {
			if err := copyBack.Put(tx, copyBackKey(organisation, copied.Request), c.Record.String()); err != nil {
				return err
			}
		}
	}
	return nil
}

// adopt gives a request the copy that came back for it, if one did.
func (o *Office) adopt(tx syncengine.Tx, row *released, interview syncengine.RecordID) (adopted bool, _ error) {
	text, here, err := copyBack.Get(tx, copyBackKey(row.Organisation, row.Request))
	if err != nil || !here {
		return false, err
	}
	id, err := syncengine.ParseRecordID(text)
	if err != nil {
		return false, err
	}
	row.Copy, row.MadeMillis, row.Refused = text, o.Now().UnixMilli(), ""
	if err := releaseOf.Put(tx, id[:], releaseKey(interview, row.Request)); err != nil {
		return false, err
	}
	if err := releases.Put(tx, releaseKey(interview, row.Request), *row); err != nil {
		return false, err
	}
	if iv, err := o.interview(tx, interview); err == nil {
		err = o.heedWithdrawal(tx, iv) // consent may have been taken back since
		if err != nil {
			return false, err
		}
	} else if !notOfKind(err) && !errors.Is(err, syncengine.ErrUnknownChange) {
		return false, err
	}
	return true, syncengine.Records(tx, func(answer syncengine.RecordID, kind syncengine.Kind) error {
		if kind != casefile.KindAnswer {
			return nil
		}
		changes, err := tx.Record(answer)
		if err != nil || len(changes) == 0 {
			return err
		}
		return o.linkAgain(tx, changes[0])
	})
}

// linkAgain links an answer, if it is known by now whose it is.
func (o *Office) linkAgain(tx syncengine.Tx, c *syncengine.Change) error {
	err := o.linkAnswer(tx, c)
	var unknown *UnknownDevice
	if errors.As(err, &unknown) {
		return nil
	}
	return err
}
