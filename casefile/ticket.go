package casefile

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"raksa/screening"
	"raksa/syncengine"
)

// Ticket lets one new device in, once. The office makes it, a person carries it
// to the device (typed or as a QR), and it is the only secret between the two
// before the first contact.
type Ticket struct {
	Office string   // address of the office: https://host[:port]
	CA     [32]byte // SHA-256 of the public key (SPKI) of the office's certificate authority
	ID     string
	Secret []byte // single use, at least 16 random bytes
	// The first person who will open the device's vault, as the directory has them.
	Person syncengine.PersonID
	Name   string
	Role   screening.Role
	Agency screening.Agency
}

// ErrTicket: the text is no ticket. It never says which part, for the text is a
// secret.
var ErrTicket = errors.New("casefile: this is not a ticket")

const (
	ticketPrefix      = "raksa1."
	ticketBytesMax    = 4 << 10
	ticketSecretBytes = 16 // at least
)

type ticketText struct {
	Office string `json:"office"`
	CA     []byte `json:"ca"`
	ID     string `json:"ticket"`
	Secret []byte `json:"secret"`
	Person string `json:"person"`
	Name   string `json:"name"`
	Role   string `json:"role,omitempty"`
	Agency string `json:"agency,omitempty"`
}

// String writes the ticket as raksa1.<base64url of JSON>.
func (t Ticket) String() string {
	text, _ := json.Marshal(ticketText{ // strings and bytes always marshal
		Office: t.Office, CA: t.CA[:], ID: t.ID, Secret: t.Secret, Person: t.Person.String(), Name: t.Name,
		Role: string(t.Role), Agency: string(t.Agency),
	})
	return ticketPrefix + base64.RawURLEncoding.EncodeToString(text)
}

// ParseTicket reads what String wrote. Blanks and line ends, which typing and
// copying add, are ignored.
func ParseTicket(text string) (Ticket, error) {
	packed, is := strings.CutPrefix(strings.Join(strings.Fields(text), ""), ticketPrefix)
	if !is || len(packed) > ticketBytesMax {
		return Ticket{}, ErrTicket
	}
	raw, err := base64.RawURLEncoding.DecodeString(packed)
	if err != nil {
		return Ticket{}, ErrTicket
	}
	var read ticketText
	if json.Unmarshal(raw, &read) != nil {
		return Ticket{}, ErrTicket
	}
	person, err := syncengine.ParsePersonID(read.Person)
	host, secure := strings.CutPrefix(read.Office, "https://")
	if err != nil || !secure || host == "" || len(read.CA) != len(Ticket{}.CA) || read.ID == "" || len(read.Secret) < ticketSecretBytes {
		return Ticket{}, ErrTicket
	}
	return Ticket{
		Office: strings.TrimSuffix(read.Office, "/"), CA: [32]byte(read.CA), ID: read.ID, Secret: read.Secret,
		Person: person, Name: read.Name, Role: screening.Role(read.Role), Agency: screening.Agency(read.Agency),
	}, nil
}
