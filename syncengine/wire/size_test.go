package wire_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/syncengine/storetest"
	"raksa/syncengine/wire"
)

// A made-up first interview: 60 fields in five classes. All people and places in
// it are invented.
var interview = map[syncengine.Class]string{
	1: `center=PTC|arrived_on=2026-11-03|group=2026-11-03/2|bus=4|opened_by_role=interviewer|language=km|interpreter=no|
private_room=yes|consent_interview=yes|consent_store=yes|consent_share=ask_later|started_at=2026-11-03T09:12|ended_at=2026-11-03T10:04|state=closed`,
	2: `family_name=សុខ|given_name=ចាន់ថា|family_name_latin=Sok|given_name_latin=Chantha|sex=f|birth_year=1999|birth_month=4|age_said=27|
marital=married|children=2|nationality=KH|document=passport|document_number=N01234567|province=02|district=0204|commune=020408|village=02040805`,
	3: `phone=012345678|phone_owner=mother|safe_to_call=after_17|messenger=none`,
	4: `route=agent|country=TH|work=fishing|months=14|promised_wage=9000|paid_wage=2500|wage_currency=THB|debt=yes|debt_amount=45000|
passport_held=yes|held_by=employer|left_freely=no|locked_in=sometimes|guarded=yes|threatened=yes|threat_kind=police,family|hit=yes|
injured=no|hours_per_day=16|days_off=0|food=too_little|medical=refused|alone=no|isolated=yes`,
	5: `what_happened=She was told of work in a fish market by a neighbour of her aunt. After the border the papers were taken "for the permit" and not given back. The debt grew each month by fees nobody had named. She left with two others when the boat was repaired. នាងបាននិយាយថា ម្ចាស់ទូកមិនឱ្យនាងទូរស័ព្ទទៅផ្ទះទេ ហើយនាងខ្លាចប៉ូលិស។`,
}

// codec has the field names and everyday values of the form as its words.
var codec = syncengine.Codec{
	Dictionary: func(string) []byte {
		var out strings.Builder
		for class := range syncengine.Class(6) {
			for _, w := range writesOf(class) {
				fmt.Fprintf(&out, "%c%s\x01", len(w.Field), w.Field)
			}
		}
		return []byte(out.String() + "KHTHB2026-11-policefamilyemployerafter_17too_littlerefusedsometimesagentfishingmarriedpassportask_laterinterviewerclosed\x00\x01\x03yes\x00\x01\x02no\x00")
	},
	PadStep: func(class syncengine.Class) int { return map[syncengine.Class]int{5: 64}[class] },
}

func writesOf(class syncengine.Class) (writes []syncengine.Write) {
	for line := range strings.SplitSeq(strings.ReplaceAll(interview[class], "\n", ""), "|") {
		if field, value, ok := strings.Cut(line, "="); ok {
			writes = append(writes, syncengine.Write{Field: field, State: 1, Value: []byte(value)})
		}
	}
	return writes
}

// saver saves on a made-up tablet and keeps what it saved.
func saver(t *testing.T) (save func(syncengine.Draft) *syncengine.Change, page func(after uint64) *syncengine.Page) {
	store, random, millis := &memstore.Store{}, rand.NewChaCha8([32]byte{1}), int64(1_795_000_000_000)
	engine := &syncengine.Engine{Keys: &storetest.Keys{}, Codec: codec}
	var node syncengine.NodeID
	random.Read(node[:])
	update := func(fn func(syncengine.Tx) error) {
		t.Helper()
		if err := store.Update(context.Background(), fn); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx syncengine.Tx) error { return syncengine.BecomeNode(tx, node) })
	save = func(d syncengine.Draft) (c *syncengine.Change) {
		t.Helper()
		millis += 40_000
		d.Kind, d.Form, d.Author = 2, "ptc-first/3", syncengine.PersonID{7}
		update(func(tx syncengine.Tx) (err error) {
			c, err = engine.Save(tx, d, syncengine.Moment{WallMillis: millis, Random: random})
			return err
		})
		return c
	}
	page = func(after uint64) (p *syncengine.Page) {
		t.Helper()
		update(func(tx syncengine.Tx) (err error) {
			p, err = syncengine.BuildPage(tx, node, after, syncengine.PageBytesMax)
			return err
		})
		p.Signature = make([]byte, 64)
		return p
	}
	return save, page
}

func sizeOf(p *syncengine.Page) int {
	return proto.Size(wire.FromRequest(&syncengine.Request{Node: p.Node, Page: p}))
}

// asJSON is the record as {"field": "value", …}, for comparison.
func asJSON(t *testing.T) int {
	all := map[string]string{}
	for class := range interview {
		for _, w := range writesOf(class) {
			all[w.Field] = string(w.Value)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return len(text)
}

// The targets are 1,450 bytes for the record and 120 for the edit; what is there
// is held here, so that no byte creeps in.
func TestARecordAndAnEditAreSmallOnTheWire(t *testing.T) {
	save, page := saver(t)
	record, fields := syncengine.RecordID(sha256.New().Sum(nil)[:16]), 0
	writes := map[syncengine.Class][]syncengine.Write{}
	for class := range interview {
		writes[class] = writesOf(class)
		fields += len(writes[class])
	}
	first := save(syncengine.Draft{Record: record, Commit: make([]byte, 16), Writes: writes})
	p := page(0)
	p.Wraps = []syncengine.Wrap{{Record: record, Step: 1, Sealed: make([]byte, 72)}}
	whole := sizeOf(p)
	blocks := 0
	for _, sealed := range first.Blocks {
		blocks += len(sealed)
	}
	t.Logf("new record, %d fields, %d classes, %d bytes as JSON: alone in its page %d bytes, of which blocks %d",
		fields, len(writes), asJSON(t), whole, blocks)
	if fields != 60 {
		t.Errorf("%d fields", fields)
	}
	if whole > 1240 {
		t.Errorf("a new record is %d bytes on the wire", whole)
	}

	basis := first.ID()
	for range 100 {
		basis = save(syncengine.Draft{Record: record, Writes: map[syncengine.Class][]syncengine.Write{
			4: {{Field: "passport_held", State: 1, Value: []byte("no"), Supersedes: []syncengine.ChangeID{basis}}},
		}}).ID()
	}
	batch := page(1)
	per := float64(sizeOf(batch)) / float64(len(batch.Changes))
	t.Logf("one-field edit in a batch of %d: %.1f bytes with its share of the page", len(batch.Changes), per)
	if per > 98 {
		t.Errorf("an edit is %.1f bytes on the wire", per)
	}
}
