package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/vault"
)

// cheapSecret makes guessing cost nothing: these secrets protect nobody.
var cheapSecret = vault.Params{Passes: 1, MemoryKiB: 64, Threads: 1}

// tablet is a true device on the far side of a link.
type tablet struct {
	*device.Device
	t     *testing.T
	store *sqlstore.Store
}

func (d *testDesk) tablet(link *shaped, name string, profile screening.Profile) *tablet {
	d.t.Helper()
	store, err := sqlstore.Open(filepath.Join(d.t.TempDir(), "raksa.db"))
	must(d.t, err)
	tab := &tablet{t: d.t, store: store}
	tab.reopen(d, link)
	d.t.Cleanup(func() { tab.Close(); store.Close() })
	var ticket string
	d.do(func(tx syncengine.Tx) (err error) {
		order := TicketOrder{Name: name, Profile: profile, Center: "PTC", Person: d.staff["Interviewer"].ID}
		ticket, err = d.IssueTicket(tx, order, d.staff["Dara"].ID)
		return err
	})
	must(d.t, tab.Enroll(context.Background(), ticket, []byte(goodSecret)))
	tab.signIn(d)
	return tab
}

func (tab *tablet) signIn(d *testDesk) {
	tab.t.Helper()
	must(tab.t, tab.SignIn(context.Background(), d.staff["Interviewer"].ID, []byte(goodSecret)))
}

// reopen starts the program over its file, as after a crash.
func (tab *tablet) reopen(d *testDesk, link *shaped) {
	tab.t.Helper()
	var err error
	tab.Device, err = device.Open(context.Background(), device.Config{
		Now: d.Now, Random: rand.Reader, Log: zerolog.New(zerolog.NewTestWriter(tab.t)), SecretCost: cheapSecret, Store: tab.store,
		Connect: func(a device.Access) device.Office { return device.OverTLS(a, link.dial) },
	})
	must(tab.t, err)
}

func (tab *tablet) begin() syncengine.RecordID {
	tab.t.Helper()
	id, err := tab.NewInterview(context.Background(), device.Opening{})
	must(tab.t, err)
	return id
}

// toldBy invents the answers of one person, in canonical form by item. The words
// are drawn from short lists, and nobody ever said them.
func toldBy(seed uint64) map[string]string {
	dice := mathrand.New(mathrand.NewPCG(seed, 7))
	def, all := form.Builtin(), map[string]string{}
	families, given := []string{"សុខ", "ចាន់", "លី", "គឹម", "ហេង", "មាស", "កែវ"}, []string{"សុភា", "ដារ៉ា", "រតនា", "ចន្ធី", "បុប្ផា", "ម៉ាលី"}
	for _, item := range def.Items() {
		codes := def.Choices(item.List)
		switch {
		case item.Repeat != "":
		case !item.InShort && dice.IntN(4) > 0 || len(all) >= 75:
		case item.Kind == screening.KindCode && len(codes) > 0:
			all[item.ID] = codes[min(dice.IntN(len(codes)), dice.IntN(len(codes)))].Code
		}
	}
	all["idn_family_km"], all["idn_given_km"] = families[dice.IntN(len(families))], given[dice.IntN(len(given))]
	all["idn_family_latin"], all["idn_given_latin"] = fmt.Sprintf("Family%d", dice.IntN(40)), fmt.Sprintf("Given%d", dice.IntN(60))
	all["idn_phone"] = fmt.Sprintf("+85512%06d", dice.IntN(1_000_000))
	all["idn_birth_date"] = fmt.Sprintf("%d-%02d-%02d", 1976+dice.IntN(30), 1+dice.IntN(12), 1+dice.IntN(28))
	words := strings.Fields("the boat left at night and we had no papers the broker kept my passport they said we would be paid after six months nobody could leave the compound there were guards and a fence I was told that my family owes the money")
	var story []string
	for range 20 + dice.IntN(40) {
		story = append(story, words[dice.IntN(len(words))])
	}
	for _, item := range def.Items() {
		if item.Kind == screening.KindText && item.Class == screening.Testimony && item.Repeat == "" {
			all[item.ID] = strings.Join(story, " ")
			break
		}
	}
	return all
}

// fill lets writers save so many interviews, each in so many changes, and push them.
func (d *testDesk) fill(people, changes int) {
	d.t.Helper()
	const perWriter = 1000
	atOnce := max(1, (waitFrom-1)/(changes+1)) // pages that do not wait: all of it is looked at
	var r *rogue
	for n := range people {
		if n%perWriter == 0 {
			r = d.rogue(TicketOrder{Name: fmt.Sprintf("PTC-%d", n), Profile: screening.Capture, Center: "PTC"})
			r.signsAs("Interviewer")
		}
		d.now = d.now.Add(time.Minute)
		r.interviewIn(toldBy(uint64(n)), changes)
		if n%atOnce == atOnce-1 || n%perWriter == perWriter-1 || n == people-1 {
			for id, reason := range r.push() {
				d.t.Fatalf("held %s: %s", id, reason)
			}
		}
	}
}

// interviewIn writes one interview in a number of changes.
func (r *rogue) interviewIn(all map[string]string, changes int) {
	r.t.Helper()
	def := form.Builtin()
	id := r.interview(screening.Answers{"con_interview": code("yes")})
	var items []string
	for _, item := range def.Items() {
		if _, said := all[item.ID]; said && item.ID != "con_interview" && !strings.HasPrefix(item.ID, "con_") {
			items = append(items, item.ID)
		}
	}
	rest := max(changes-1, 1)
	for n := range rest {
		page := map[syncengine.Class][]syncengine.Write{}
		for _, item := range items[n*len(items)/rest : (n+1)*len(items)/rest] {
			class := classOfItem(item)
			page[class] = append(page[class], syncengine.Write{Field: item, State: syncengine.State(screening.Answered), Value: []byte(all[item])})
		}
		if len(page) > 0 {
			r.now = r.now.Add(40 * time.Second)
			r.write(syncengine.Draft{Record: id, Kind: casefile.KindInterview, Form: def.Version(), Writes: page})
		}
	}
}

// backUp lets all that is at the office be stable.
func (d *testDesk) backUp() {
	d.t.Helper()
	if d.backups == "" {
		d.backups = d.t.TempDir()
	}
	name := fmt.Sprintf("backup-%d.db", d.now.UnixNano())
	path := filepath.Join(d.backups, name)
	must(d.t, errors.Join(d.Backup(context.Background(), path), os.Remove(path)))
}

// shown gives what is to be seen of a record, with its versions.
func shown(rec *syncengine.Record) string {
	var out strings.Builder
	for class := range syncengine.Class(16) {
		folded := rec.Classes[class]
		for _, field := range slices.Sorted(maps.Keys(folded)) {
			for _, v := range folded[field].Live() {
				fmt.Fprintf(&out, "%d %s %d %q %x %x %d\n", class, field, v.State, v.Value, v.ID, v.Node, v.Stamp)
			}
		}
	}
	return out.String()
}

// showsAsTheOffice compares every interview on the tablet with the office's.
func (tab *tablet) showsAsTheOffice(d *testDesk, want int) {
	tab.t.Helper()
	all, err := tab.List(context.Background())
	must(tab.t, err)
	if len(all) != want {
		tab.t.Errorf("%d people are here, want %d", len(all), want)
	}
	for _, one := range all {
		seen, err := tab.Record(context.Background(), one.ID)
		must(tab.t, err)
		d.do(func(tx syncengine.Tx) error {
			rec, err := d.read(tx, one.ID)
			if err == nil && shown(rec) != shown(seen.Record) {
				tab.t.Errorf("record %s shows\n%s\nat the office\n%s", one.ID, shown(seen.Record), shown(rec))
			}
			return err
		})
	}
}

// log counts the changes of interviews in the tablet's own log.
func (tab *tablet) log() (count int) {
	tab.t.Helper()
	must(tab.t, tab.store.View(context.Background(), func(tx syncengine.Tx) error {
		return syncengine.Records(tx, func(id syncengine.RecordID, kind syncengine.Kind) error {
			changes, err := tx.Record(id)
			if kind == casefile.KindInterview {
				count += len(changes)
			}
			return err
		})
	}))
	return count
}

func (tab *tablet) sync() {
	tab.t.Helper()
	must(tab.t, tab.SyncOnce(context.Background()))
}

func (tab *tablet) loading() *device.Loading {
	tab.t.Helper()
	st, err := tab.Status(context.Background())
	must(tab.t, err)
	return st.Loading
}

func TestANewTabletLoadsASnapshotAndGoesOnWithChanges(t *testing.T) {
	d, link := newHouse(t), &shaped{}
	link.serve(t, d)
	d.fill(40, 5)
	d.backUp()
	d.fill(3, 5)
	tab := d.tablet(link, "PTC-2", screening.CaseDevice)
	tab.sync()
	tab.showsAsTheOffice(d, 43)
	if got := tab.log(); got != 15 {
		t.Errorf("%d changes came, want those of the 3 people after the backup", got)
	}
	if tab.loading() != nil {
		t.Error("it says that it is still loading")
	}
	all, err := tab.List(t.Context())
	must(t, err)
	if all[0].Where != device.AtOffice {
		t.Errorf("the digests do not agree: %s", all[0].Where)
	}
	delivered := map[string]bool{}
	d.do(func(tx syncengine.Tx) error {
		return leaves.Each(tx, nil, func(_ []byte, leaf Leaf) error {
			if leaf.What == "deliver" && leaf.Device == tab.id(d).String() {
				delivered[leaf.Record] = true
			}
			return nil
		})
	})
	if len(delivered) != 43 {
		t.Errorf("the audit log knows of %d records that went to the tablet, want 43", len(delivered))
	}
}

// id is the record by which the office knows the tablet.
func (tab *tablet) id(d *testDesk) syncengine.RecordID {
	tab.t.Helper()
	st, err := tab.Status(context.Background())
	must(tab.t, err)
	return st.Device
}

func TestAnOfficeWithoutABackupGivesChanges(t *testing.T) {
	d, link := newHouse(t), &shaped{}
	link.serve(t, d)
	d.fill(30, 4)
	tab := d.tablet(link, "PTC-2", screening.CaseDevice)
	tab.sync()
	tab.showsAsTheOffice(d, 30)
	if got := tab.log(); got != 120 {
		t.Errorf("%d changes came, want all 120", got)
	}
}

// From the first second the tablet takes new interviews; a cut and a restart
// lose at most a page.
func TestATabletIsOfUseWhileItsFirstSyncIsCutAgainAndAgain(t *testing.T) {
	d, link := newHouse(t), &shaped{}
	link.serve(t, d)
	d.fill(100, 2)
	d.backUp()
	tab := d.tablet(link, "PTC-2", screening.CaseDevice)
	var begun []syncengine.RecordID
	cuts, last := 0, -1
	for range 60 {
		link.away.Store(false)
		link.cutAfter.Store(link.down.Load() + 30_000)
		err := tab.SyncOnce(t.Context())
		link.cutAfter.Store(0)
		if err == nil {
			break
		}
		cuts++
		if l := tab.loading(); l != nil {
			if l.Here < last || l.People != 100 {
				t.Fatalf("%d of %d people are here, before it were %d", l.Here, l.People, last)
			}
			last = l.Here
		}
		begun = append(begun, tab.begin())
		if cuts%2 == 0 {
			must(t, tab.Close())
			tab.reopen(d, link)
			tab.signIn(d)
		}
	}
	if cuts < 2 || last <= 0 || tab.loading() != nil {
		t.Fatalf("%d cuts, %d people at the last of them: this proves nothing", cuts, last)
	}
	tab.sync()
	tab.showsAsTheOffice(d, 100+len(begun))
}

func TestOrdersThatComeBetweenTwoPagesHold(t *testing.T) {
	d, link := newHouse(t), &shaped{}
	link.serve(t, d)
	d.fill(100, 2)
	d.backUp()
	tab := d.tablet(link, "PTC-2", screening.CaseDevice)
	link.cutAfter.Store(link.down.Load() + 40_000)
	if tab.SyncOnce(t.Context()) == nil {
		t.Fatal("all came at once")
	}
	link.away.Store(false)
	var ids []syncengine.RecordID
	d.do(func(tx syncengine.Tx) error {
		return syncengine.Records(tx, func(id syncengine.RecordID, kind syncengine.Kind) error {
			if kind == casefile.KindInterview {
				ids = append(ids, id)
			}
			return nil
		})
	})
	d.do(func(tx syncengine.Tx) error {
		for _, id := range ids[:20] { // some are on the tablet, some are not yet
			if err := d.control(tx, id, officeHand, syncengine.Control{Op: syncengine.OpErase}); err != nil {
				return err
			}
		}
		for _, id := range ids[20:40] {
			changes, err := tx.Record(id)
			if err != nil {
				return err
			}
			if err := d.quarantine(tx, changes[len(changes)-1], heldKind); err != nil {
				return err
			}
		}
		return nil
	})
	tab.sync()
	tab.sync()
	tab.showsAsTheOffice(d, 80)
}

// A snapshot that does not come to its digest is left, with what came of it. Until
// the stream was read as far as that reaches, it stands for changes that the
// office does not yet count: no record may turn red for it.
func TestWhatIsHereOfALeftSnapshotIsNotCompared(t *testing.T) {
	d, link := newHouse(t), &shaped{}
	link.serve(t, d)
	d.fill(100, 2)
	d.backUp()
	tab := d.tablet(link, "PTC-2", screening.CaseDevice)
	link.cutAfter.Store(link.down.Load() + 40_000)
	if tab.SyncOnce(t.Context()) == nil {
		t.Fatal("all came at once")
	}
	link.away.Store(false)
	spoilt := false
	must(t, tab.store.Update(t.Context(), func(tx syncengine.Tx) error {
		loads := syncengine.Table[map[string]json.RawMessage]("device/loading")
		return loads.Each(tx, nil, func(stream []byte, row map[string]json.RawMessage) error {
			row["sum"], spoilt = json.RawMessage("7"), true
			return loads.Put(tx, stream, row)
		})
	}))
	if !spoilt {
		t.Fatal("no snapshot is on its way: this proves nothing")
	}
	tab.sync()
	if tab.log() == 0 {
		t.Fatal("no change came by itself: the snapshot was not left")
	}
	tab.showsAsTheOffice(d, 100)
	for range 256 / 8 {
		tab.sync()
	}
	d.do(func(tx syncengine.Tx) error {
		return leaves.Each(tx, nil, func(_ []byte, leaf Leaf) error {
			if leaf.What == "scope_differs" {
				t.Error("a comparison differed")
			}
			return nil
		})
	})
	if st, err := tab.Status(t.Context()); err != nil || st.Differs != 0 {
		t.Errorf("%d records are red, %v", st.Differs, err)
	}
}

func TestATabletThatLeftAndIsLockedLoadsLater(t *testing.T) {
	d, link := newHouse(t), &shaped{}
	link.serve(t, d)
	d.fill(30, 4)
	d.backUp()
	tab := d.tablet(link, "PTC-2", screening.CaseDevice)
	tab.Lock()
	tab.sync()
	must(t, tab.Close())
	tab.reopen(d, link)
	if l := tab.loading(); l == nil || l.Here != 0 || l.People != 30 {
		t.Errorf("locked, it is at %+v", l)
	}
	tab.signIn(d)
	tab.sync()
	tab.showsAsTheOffice(d, 30)
}

func TestASnapshotIsGivenOnlyToWhomItBelongs(t *testing.T) {
	d, link := newHouse(t), &shaped{}
	link.serve(t, d)
	d.fill(30, 4)
	d.backUp()
	r := d.rogue(caseOrder)
	other := d.rogue(TicketOrder{Name: "KTC-1", Profile: screening.CaseDevice, Center: "KTC"})
	var req syncengine.SnapshotRequest
	d.do(func(tx syncengine.Tx) (err error) {
		req.Node = r.node
		req.At, _, err = syncengine.StreamHead(tx, streamCenter("PTC"))
		req.Below = req.At.Position + 1
		req.Control, _, _ = syncengine.StreamHead(tx, streamControl)
		return err
	})
	ask := func(device syncengine.RecordID, change func(*syncengine.SnapshotRequest)) (string, error) {
		one := req
		change(&one)
		page, err := d.Snapshot(t.Context(), device, &one)
		if err != nil {
			return "", err
		}
		must(t, vault.VerifyOffice(d.Keys.SigningPublic(), page.Digest(&one), page.Signature))
		return page.Refused, nil
	}
	if refused, err := ask(r.device, func(*syncengine.SnapshotRequest) {}); err != nil || refused != "" {
		t.Fatalf("its own stream: %q, %v", refused, err)
	}
	for name, row := range map[string]struct {
		device syncengine.RecordID
		change func(*syncengine.SnapshotRequest)
	}{
		"another center's stream": {other.device, func(q *syncengine.SnapshotRequest) { q.Node = other.node }},
		"as another's node":       {other.device, func(*syncengine.SnapshotRequest) {}},
		"the stream of orders":    {r.device, func(q *syncengine.SnapshotRequest) { q.At = q.Control }},
	} {
		if refused, err := ask(row.device, row.change); err == nil {
			t.Errorf("%s: it is given (%q)", name, refused)
		}
	}
	for want, change := range map[string]func(*syncengine.SnapshotRequest){
		syncengine.SnapshotBehind:  func(q *syncengine.SnapshotRequest) { q.Control.Salt[0]++ },
		syncengine.SnapshotUnknown: func(q *syncengine.SnapshotRequest) { q.At.Salt[0]++ },
	} {
		if refused, err := ask(r.device, change); err != nil || refused != want {
			t.Errorf("want %s, got %q, %v", want, refused, err)
		}
	}
	d.do(func(tx syncengine.Tx) error { return d.Revoke(tx, r.device, d.staff["Dara"].ID) })
	if _, err := ask(r.device, func(*syncengine.SnapshotRequest) {}); err == nil {
		t.Error("a revoked device gets a snapshot")
	}
}

// What is settled leaves a tablet's log and not its screen, and an order about
// it brings the record anew.
func TestACompactedTabletShowsTheSameAndFollowsOrders(t *testing.T) {
	d, link := newHouse(t), &shaped{}
	link.serve(t, d)
	r := d.rogue(TicketOrder{Name: "PTC-9", Profile: screening.Capture, Center: "PTC"})
	r.signsAs("Interviewer")
	for n := range 3 {
		r.interviewIn(toldBy(uint64(n)), 4)
	}
	var ids []syncengine.RecordID
	r.local(func(tx syncengine.Tx) error {
		return syncengine.Records(tx, func(id syncengine.RecordID, _ syncengine.Kind) error { ids = append(ids, id); return nil })
	})
	for _, id := range ids[:2] { // the third stays open
		r.write(syncengine.Draft{
			Record: id, Kind: casefile.KindInterview, Form: form.Builtin().Version(), Sign: r.sign, SignClass: adminClass,
			Writes: writes(adminClass, "$closed", "yes"),
		})
	}
	if held := r.push(); len(held) > 0 {
		t.Fatalf("held: %v", held)
	}
	tab := d.tablet(link, "PTC-2", screening.CaseDevice)
	tab.sync()
	before := tab.log()
	compact := func() int {
		went, err := tab.Compact(t.Context())
		must(t, err)
		return went
	}
	d.now = d.now.Add(40 * 24 * time.Hour)
	tab.sync() // renews
	tab.signIn(d)
	if went := compact(); went != 0 {
		t.Errorf("%d changes went, and no backup holds them", went)
	}
	d.backUp()
	tab.sync()
	if went := compact(); went != 10 || tab.log() != before-10 {
		t.Errorf("%d changes went, %d of %d are left; want the 10 of the closed ones to go", went, tab.log(), before)
	}
	tab.showsAsTheOffice(d, 3)
	d.do(func(tx syncengine.Tx) error {
		changes, err := tx.Record(ids[0])
		if err != nil {
			return err
		}
		return d.quarantine(tx, changes[2], heldKind)
	})
	tab.sync()
	tab.showsAsTheOffice(d, 3)
	tab.sync()
	if st, err := tab.Status(t.Context()); err != nil || st.Differs != 0 {
		t.Errorf("%d records differ: %v", st.Differs, err)
	}
}
