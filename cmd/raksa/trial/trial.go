package trial

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

// Options of a run.
type Options struct {
	Dir     string // an empty folder for all files
	Seed    uint64
	Days    int // working days; a month may pass between two of them
	Devices int // 4 to 8 at the beginning
	Forms   casefile.Forms
	Hands   Hands
	Log     zerolog.Logger
	Trace   func(text string) // what happens, with virtual time; nil is silence
}

// Result is what one run came to.
type Result struct {
	Seed       uint64
	Violations []string
	Counts     Counts
}

// Counts tells how often each thing happened.
type Counts map[string]int

// Add puts the counts of another run on top.
func (c Counts) Add(other Counts) {
	for what, n := range other {
		c[what] += n
	}
}

// secret opens every made-up account.
const secret = "2468 1357 9024"

// The made-up staff, by place.
var staff = []casefile.Staff{
	{Name: "Supervisor (made up)", Role: screening.Supervisor, Agency: screening.SocialAffairs},
	{Name: "Hall officer (made up)", Role: screening.Interviewer, Agency: screening.SocialAffairs, Center: "PTC"},
	{Name: "Case officer (made up)", Role: screening.Interviewer, Agency: screening.SocialAffairs, Center: "PTC"},
	{Name: "KTC officer (made up)", Role: screening.Interviewer, Agency: screening.SocialAffairs, Center: "KTC"},
	{Name: "Shelter worker (made up)", Role: screening.Partner, Agency: screening.NGO},
}

const (
	_ = iota
	hallOfficer
	caseOfficer
	ktcOfficer
	shelterWorker
)

// world is one run.
type world struct {
	Options
	ctx     context.Context
	rng     *mathrand.Rand // of the plan; used by one goroutine alone
	queue   []event
	staff   []casefile.Staff
	partner syncengine.RecordID
	office  *officeHost
	tablets []*tablet
	truth   *truth
	portal  *tls.Config
	revoked map[syncengine.RecordID]bool // devices

	sources, folders, peopleMet int
	resting                     bool // faults are over

	mu         sync.Mutex
	counts     Counts
	violations []string
}

// An event has luck of its own, so that what happens in one does not change what
// happens in the next.
type event struct {
	at   time.Time
	luck uint64
	do   func()
}

// Run plays one seed inside a synctest bubble: the days, the rest after them,
// and the judgment.
func Run(ctx context.Context, o Options) Result {
	w := &world{
		Options: o, ctx: ctx, rng: mathrand.New(mathrand.NewPCG(o.Seed, 1)), truth: newTruth(),
		counts: Counts{}, revoked: map[syncengine.RecordID]bool{},
	}
	time.Sleep(time.Until(firstMorning))
	if w.must("begin", w.begin()) {
		w.days()
		if w.red() == 0 && w.rest() {
			w.judge()
		}
	}
	w.must("end", w.closeAll())
	w.sleep(5 * time.Minute) // what is on its way finds that nobody is there
	return Result{Seed: o.Seed, Violations: w.violations, Counts: w.counts}
}

// firstMorning is seven o'clock on site.
var firstMorning = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

func (w *world) begin() (err error) {
	if w.portal, err = portalConfig(); err != nil {
		return err
	}
	w.office = &officeHost{world: w, noted: map[syncengine.NodeID]uint64{}}
	if w.office.keys, err = vault.NewOffice(rand.Reader); err != nil {
		return err
	}
	if err := w.office.boot(w.folder("office")); err != nil {
		return err
	}
	err = w.office.store.Update(w.ctx, func(tx syncengine.Tx) (err error) {
		w.partner, err = w.office.AddOrganisation(tx, casefile.Organisation{
			Name: "Safe House (made up)", Agency: screening.NGO, Services: []string{"shelter"},
		}, syncengine.PersonID{})
		for _, s := range slices.Clone(staff) {
			if err != nil {
				return err
			}
			var desk []byte
			switch s.Role {
			case screening.Supervisor:
				desk = []byte(secret)
			case screening.Partner:
				s.Organisation = w.partner.String()
			}
			s.ID, err = w.office.AddStaff(tx, s, desk, syncengine.PersonID{})
			w.staff = append(w.staff, s)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := w.enrollAll(); err != nil {
		return err
	}
	w.office.note(nil)
	return w.office.backup()
}

func (w *world) supervisor() *casefile.Staff { return &w.staff[0] }

func (w *world) cost() vault.Params { return vault.Params{Passes: 1, MemoryKiB: 64, Threads: 1} }

// days plays the working days. Between two of them a night passes, or a month.
func (w *world) days() {
	for day := range w.Days {
		w.rng = mathrand.New(mathrand.NewPCG(w.Seed, uint64(day)))
		w.planDay()
		w.play()
		if w.red() > 0 {
			return
		}
		if day+1 < w.Days && w.rng.IntN(4) == 0 {
			w.count("a month without contact")
			w.sleep(time.Duration(20+w.rng.IntN(25)) * 24 * time.Hour)
		}
	}
}

// planDay draws what happens between seven and nineteen o'clock.
func (w *world) planDay() {
	const day = 12 * 60 // minutes
	for _, t := range slices.Clone(w.tablets) {
		for range 2 + w.rng.IntN(2) {
			w.at(time.Duration(w.rng.IntN(day))*time.Minute, func() { w.spell(t) })
		}
	}
	for range 5 + w.rng.IntN(4) {
		w.at(time.Duration(w.rng.IntN(day*60))*time.Second, w.strike)
	}
	for range 6 {
		w.at(time.Duration(w.rng.IntN(day))*time.Minute, w.desk)
	}
	w.at(time.Duration(3*60+w.rng.IntN(day-3*60))*time.Minute, w.quarrel)
	w.at(23*time.Hour, func() {})
}

// spell is a time in which somebody works on a tablet, with the link as it is.
func (w *world) spell(t *tablet) {
	if t.store.isDead() || t.stop != nil {
		return
	}
	t.spell++
	this := t.spell
	still := func(do func()) func() {
		return func() {
			if t.spell == this && !t.store.isDead() {
				do()
			}
		}
	}
	t.link.be(w.drawMood())
	w.trace("%s is switched on, %s", t.name, t.link.is())
	t.on()
	after := time.Duration(0)
	if w.rng.IntN(8) == 0 {
		t.dev.Lock()
		w.count("tablet locked for hours")
		after = time.Minute
	} else {
		for range 2 + w.rng.IntN(5) {
			after += time.Duration(2+w.rng.IntN(40)) * time.Second
			w.at(after, still(func() { w.tap(t) }))
		}
	}
	if w.rng.IntN(2) == 0 {
		w.at(after/2+5*time.Second, still(func() { t.link.be(w.drawMood()); t.link.cut() }))
	}
	after += time.Duration(20+w.rng.IntN(80)) * time.Second
	w.at(after, still(func() {
		if t.signIn() && t.profile != "" {
			w.looks(t)
		}
		t.off()
	}))
}

func (w *world) drawMood() mood {
	if w.rng.IntN(2) == 0 {
		return good
	}
	return badMoods[w.rng.IntN(len(badMoods))]
}

// at lets something happen after a while.
func (w *world) at(after time.Duration, do func()) {
	at := time.Now().Add(after)
	place, _ := slices.BinarySearchFunc(w.queue, at, func(e event, at time.Time) int {
		if e.at.After(at) {
			return 1
		}
		return -1
	})
	w.queue = slices.Insert(w.queue, place, event{at, w.rng.Uint64(), do})
}

// play lets all that is planned happen.
func (w *world) play() {
	for len(w.queue) > 0 && w.red() == 0 {
		next := w.queue[0]
		w.queue = w.queue[1:]
		w.sleep(time.Until(next.at))
		w.rng = mathrand.New(mathrand.NewPCG(w.Seed, next.luck))
		w.inquest()
		next.do()
	}
}

func (w *world) sleep(d time.Duration) { time.Sleep(max(d, 0)) }

func (w *world) count(what string) {
	w.mu.Lock()
	w.counts[what]++
	w.mu.Unlock()
	if what != "exchange" && what != string(slow) && what != string(trickling) && what != string(silent) {
		w.trace("%s", what)
	}
}

func (w *world) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.mu.Lock()
	if len(w.violations) < 20 {
		w.violations = append(w.violations, text)
	}
	w.mu.Unlock()
	w.trace("VIOLATION: %s", text)
}

func (w *world) red() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.violations)
}

func (w *world) trace(format string, args ...any) {
	if w.Trace != nil {
		w.Trace(time.Now().UTC().Format("01-02 15:04:05.000 ") + fmt.Sprintf(format, args...))
	}
}

// Names lists what was counted, in order.
func (c Counts) Names() []string { return slices.Sorted(maps.Keys(c)) }
