package casefile_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"raksa/casefile"
	"raksa/syncengine"
)

var ticket = casefile.Ticket{
	Office: "https://office.example:8443", CA: [32]byte{1, 2, 3}, ID: "t-1", Secret: bytes.Repeat([]byte{7}, 16),
	Person: syncengine.PersonID{9}, Name: "សុខ ដារ៉ា (made up)", Role: "interviewer", Agency: "social_affairs",
}

func TestATicketSurvivesBeingTyped(t *testing.T) {
	text := ticket.String()
	for name, typed := range map[string]string{
		"as written":       text,
		"with blanks":      "  " + text[:20] + " " + text[20:40] + "\n" + text[40:] + "\n",
		"address with a /": casefile.Ticket{Office: ticket.Office + "/", CA: ticket.CA, ID: ticket.ID, Secret: ticket.Secret, Person: ticket.Person, Name: ticket.Name, Role: ticket.Role, Agency: ticket.Agency}.String(),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := casefile.ParseTicket(typed)
			if err != nil || got.String() != text {
				t.Fatalf("got %v, %v", got, err)
			}
		})
	}
}

func TestWhatIsNoTicketIsRefused(t *testing.T) {
	change := func(fn func(*casefile.Ticket)) string {
		other := ticket
		fn(&other)
		return other.String()
	}
	for name, text := range map[string]string{
		"nothing":         "",
		"other prefix":    "raksa2." + ticket.String()[7:],
		"cut":             ticket.String()[:40],
		"no secret":       change(func(t *casefile.Ticket) { t.Secret = nil }),
		"a guessable one": change(func(t *casefile.Ticket) { t.Secret = []byte("1234") }),
		"plain http":      change(func(t *casefile.Ticket) { t.Office = "http://office.example" }),
		"no address":      change(func(t *casefile.Ticket) { t.Office = "https://" }),
		"no id":           change(func(t *casefile.Ticket) { t.ID = "" }),
		"much too long":   change(func(t *casefile.Ticket) { t.Name = string(make([]byte, 5000)) }),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := casefile.ParseTicket(text); !errors.Is(err, casefile.ErrTicket) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func FuzzParseTicket(f *testing.F) {
	f.Add(ticket.String())
	f.Add("raksa1.e30")
	f.Add("raksa1.")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := casefile.ParseTicket(text)
		if err != nil {
			if err != casefile.ErrTicket { // it tells nothing more
				t.Fatalf("%v", err)
			}
			return
		}
		again, err := casefile.ParseTicket(got.String())
		if err != nil || !reflect.DeepEqual(again, got) || len(got.Secret) < 16 || got.ID == "" {
			t.Fatalf("read again as %+v, %v", again, err)
		}
	})
}
