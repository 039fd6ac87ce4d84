package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
	"raksa/web"
)

// A session at the desk ends after idleMax without a request, and after
// sessionMax in any case (protection study, 3.5).
const (
	idleMax    = 30 * time.Minute
	sessionMax = 12 * time.Hour
)

// After a wrong secret the next try under the same name waits, and longer each
// time, whether the name is known or not.
const (
	firstWait   = time.Second
	longestWait = 5 * time.Minute
	triesMax    = 10_000 // names remembered; beyond it the longest quiet one goes

	secretBytesMax = 1024
)

// session is one person who is signed in at the desk.
type session struct {
	person        syncengine.PersonID
	keys          *vault.Unlocked // what the person signs with
	csrf          string
	started, seen time.Time
	notice        web.Notice   // shown on the next page, once
	stick         []*stickFile // taken in from sticks, newest first
	list          *lookedAt    // a list of arrivals that is looked at
}

// sign signs what the person does, with the key that only their secret opens.
func (s *session) sign(message []byte) ([]byte, error) { return s.keys.SignAct(sha256.Sum256(message)) }

// sessions are those who are signed in, by hash of their token. They are kept
// in memory only: a restarted office asks everybody again. The zero value is
// ready.
type sessions struct {
	mu      sync.Mutex
	open    map[[32]byte]*session
	tries   map[[32]byte]attempts // by hash of the name as typed
	guesses sync.Mutex            // one costly guess at a time
}

// attempts are the wrong secrets under one name.
type attempts struct {
	wrong int
	next  time.Time // no try before
}

// start opens a session and gives its token, which is stored nowhere.
func (s *sessions) start(person syncengine.PersonID, keys *vault.Unlocked, random io.Reader, now time.Time) (string, error) {
	var raw [64]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", err
	}
	token, csrf := hex.EncodeToString(raw[:32]), hex.EncodeToString(raw[32:])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[[32]byte]*session{}
	}
	s.sweep(now)
	s.open[sha256.Sum256([]byte(token))] = &session{person: person, keys: keys, csrf: csrf, started: now, seen: now}
	return token, nil
}

// find gives the session of a token that is not over, and counts as its use.
func (s *sessions) find(token string, now time.Time) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(now)
	found := s.open[sha256.Sum256([]byte(token))]
	if found != nil {
		found.seen = now
	}
	return found
}

// end closes a session and locks its keys.
func (s *sessions) end(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.close(sha256.Sum256([]byte(token)))
}

// endOf closes every session of a person.
func (s *sessions) endOf(person syncengine.PersonID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, one := range s.open {
		if one.person == person {
			s.close(key)
		}
	}
}

func (s *sessions) close(key [32]byte) {
	if one := s.open[key]; one != nil {
		one.keys.Lock()
		for _, file := range one.stick {
			file.drop()
		}
		delete(s.open, key)
	}
}

func (s *sessions) sweep(now time.Time) {
	for key, one := range s.open {
		if now.Sub(one.seen) >= idleMax || now.Sub(one.started) >= sessionMax {
			s.close(key)
		}
	}
}

// tell leaves a word for the next page of a session.
func (s *sessions) tell(one *session, notice web.Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.notice = notice
}

// told gives that word, once.
func (s *sessions) told(one *session) web.Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	notice := one.notice
	one.notice = web.Notice{}
	return notice
}

// TooSoon is the answer to a try before its time.
type TooSoon struct{ Wait time.Duration }

func (e *TooSoon) Error() string { return "server: the next try must wait " + e.Wait.String() }

// claimTry counts a try as wrong before it is made, so that many at once are no
// way around the wait.
func (s *sessions) claimTry(name string, now time.Time) error {
	key := sha256.Sum256([]byte(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tries == nil {
		s.tries = map[[32]byte]attempts{}
	}
	one := s.tries[key]
	if now.Before(one.next) {
		return &TooSoon{Wait: one.next.Sub(now)}
	}
	if len(s.tries) >= triesMax {
		s.forgetOldest()
	}
	wait := longestWait
	if one.wrong < 9 {
		wait = min(firstWait<<one.wrong, longestWait)
	}
	s.tries[key] = attempts{wrong: one.wrong + 1, next: now.Add(wait)}
	return nil
}

func (s *sessions) forgetOldest() {
	var oldest [32]byte
	var at time.Time
	for key, one := range s.tries {
		if at.IsZero() || one.next.Before(at) {
			oldest, at = key, one.next
		}
	}
	delete(s.tries, oldest)
}

// forgive forgets the tries under a name after a right secret.
func (s *sessions) forgive(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tries, sha256.Sum256([]byte(name)))
}

// signIn opens a session for somebody by name and secret. The answer to an
// unknown name, a person without a place at the desk and a wrong secret is the
// same, and takes as long.
func (o *Office) signIn(ctx context.Context, typed string, secret []byte) (token string, _ error) {
	name := nameKey(typed)
	if err := o.sessions.claimTry(name, o.Now()); err != nil {
		return "", err
	}
	slots, err := o.slotsOf(ctx, name)
	if err != nil {
		return "", err
	}
	keys, err := o.openSlots(slots, secret)
	if err != nil {
		return "", errors.Join(err, o.auditAlone(ctx, Leaf{What: "refused", Reason: "wrong_secret"}))
	}
	o.sessions.forgive(name)
	if token, err = o.sessions.start(keys.Person(), keys, o.Random, o.Now()); err != nil {
		return "", err
	}
	return token, o.auditAlone(ctx, Leaf{What: "sign_in", Person: syncengine.PersonID(keys.Person()).String()})
}

// openSlots tries the secret on the slots of everybody who has the name.
func (o *Office) openSlots(slots [][]byte, secret []byte) (*vault.Unlocked, error) {
	o.sessions.guesses.Lock()
	defer o.sessions.guesses.Unlock()
	if len(secret) > secretBytesMax {
		slots, secret = nil, nil // no slot has such a secret
	}
	for _, slot := range slots {
		keys, err := vault.OpenSlotAtLeast(o.SecretCost, slot, secret)
		if err == nil {
			return keys, nil
		}
		if !errors.Is(err, vault.ErrWrongSecret) {
			return nil, err
		}
	}
	if len(slots) > 0 {
		return nil, vault.ErrWrongSecret
	}
	cost := o.SecretCost
	if cost == (vault.Params{}) {
		cost = vault.FloorParams()
	}
	return nil, vault.RefuseUnknown(cost, secret)
}

// slotsOf gives the desk slots of those who have this name and a place here.
func (o *Office) slotsOf(ctx context.Context, name string) (slots [][]byte, _ error) {
	err := o.Store.View(ctx, func(tx syncengine.Tx) error {
		return o.everyStaff(tx, func(s casefile.Staff) error {
			if nameKey(s.Name) != name || !mayEnter(s) {
				return nil
			}
			slot, err := tx.Get(bucketSlot, s.ID[:])
			if slot != nil {
				slots = append(slots, slot)
			}
			return err
		})
	})
	return slots, err
}

// mayEnter says who has a place at the desk.
func mayEnter(s casefile.Staff) bool {
	return !s.Left && (s.Role == screening.Supervisor || s.Role == screening.Auditor)
}

// nameKey is a display name as it is looked up: whichever way blanks, letters
// and marks were typed.
func nameKey(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(screening.TextOf(name).Canonical()), " "))
}

// auditAlone writes a leaf in a transaction of its own, for what has none.
func (o *Office) auditAlone(ctx context.Context, leaf Leaf) error {
	return o.Store.Update(ctx, func(tx syncengine.Tx) error { return o.audit(tx, leaf) })
}
