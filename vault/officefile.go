package vault

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// ScryptWork is the work factor of Save in production: scrypt with N = 2^18,
// about a second.
const ScryptWork = 18

const (
	// rootLine opens the decrypted file, which is one line of text so that two
	// holders of the escrow can restore it with the age tool and no other.
	rootLine = "RAKSA-OFFICE-ROOT-1 "
	// officeFileMax bounds what Load reads; a saved root is some 300 bytes,
	// an escrow file some 5,000.
	officeFileMax = 64 << 10
	// scryptWorkMax bounds what a damaged file can make us spend.
	scryptWorkMax = 20
)

// Save writes the office's root as an age file under a passphrase. Keep it
// outside the database and its backups. work is log2 of scrypt's N: ScryptWork,
// or less in a test. ErrLocked after Close.
func (o *Office) Save(w io.Writer, passphrase string, work int) error {
	if passphrase == "" || work < 1 || work > scryptWorkMax {
		return &SealError{"office file", ErrMalformed}
	}
	if o.Locked() {
		return &SealError{"office file", ErrLocked}
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return fmt.Errorf("vault: office file: %w", err)
	}
	recipient.SetWorkFactor(work)
	sealed, err := ageSeal(o.rootText(), recipient)
	if err != nil {
		return err
	}
	if _, err := w.Write(sealed); err != nil {
		return fmt.Errorf("vault: office file: %w", err)
	}
	return nil
}

// Load reads what Save wrote. ErrWrongSecret for a wrong passphrase,
// ErrMalformed or ErrSealBroken for a file that is not or no longer ours.
func Load(r io.Reader, passphrase string) (*Office, error) {
	sealed, err := io.ReadAll(io.LimitReader(r, officeFileMax+1))
	if err != nil {
		return nil, fmt.Errorf("vault: office file: %w", err)
	}
	if passphrase == "" {
		return nil, &SealError{"office file", ErrWrongSecret}
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fmt.Errorf("vault: office file: %w", err)
	}
	identity.SetMaxWorkFactor(scryptWorkMax)
	plain, err := ageOpen("office file", sealed, identity)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return officeFromText("office file", plain)
}

// NewIdentity draws a post-quantum age identity, one line of text
// ("AGE-SECRET-KEY-PQ-1…"), with which a service opens the office's key without
// a person. Whoever has it and the file that SaveFor wrote has the office.
func NewIdentity() (string, error) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", fmt.Errorf("vault: identity: %w", err)
	}
	return identity.String(), nil
}

// SaveFor writes the office's root as an age file for the holder of an identity.
// ErrMalformed for a text that is no identity, ErrLocked after Close.
func (o *Office) SaveFor(w io.Writer, identity string) error {
	key, err := parseIdentity(identity)
	if err != nil {
		return err
	}
	if o.Locked() {
		return &SealError{"office file", ErrLocked}
	}
	sealed, err := ageSeal(o.rootText(), key.Recipient())
	if err != nil {
		return err
	}
	if _, err := w.Write(sealed); err != nil {
		return fmt.Errorf("vault: office file: %w", err)
	}
	return nil
}

// LoadFor reads what SaveFor wrote. ErrWrongSecret for another identity, or for
// a file under a passphrase; otherwise as Load.
func LoadFor(r io.Reader, identity string) (*Office, error) {
	key, err := parseIdentity(identity)
	if err != nil {
		return nil, err
	}
	sealed, err := io.ReadAll(io.LimitReader(r, officeFileMax+1))
	if err != nil {
		return nil, fmt.Errorf("vault: office file: %w", err)
	}
	plain, err := ageOpen("office file", sealed, key)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return officeFromText("office file", plain)
}

// parseIdentity takes the one identity out of a text that may have comments, as
// age-keygen writes it.
func parseIdentity(text string) (*age.HybridIdentity, error) {
	var found *age.HybridIdentity
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := age.ParseHybridIdentity(line)
		if err != nil || found != nil {
			return nil, &SealError{"identity", ErrMalformed}
		}
		found = key
	}
	if found == nil {
		return nil, &SealError{"identity", ErrMalformed}
	}
	return found, nil
}

// An EscrowFile is the office's root for one pair of holders.
type EscrowFile struct {
	Holders [2]int // places in the list given to Escrow, from 0
	Age     []byte // sealed to the first holder inside, to the second outside
}

// Escrow seals the root so that any two of three holders together open it, and
// no one alone: nested age files, one for each pair. Nothing home-made splits
// the secret. The recipients must be three different post-quantum age keys
// ("age1pq1…"), since these files lie in drawers for years.
func (o *Office) Escrow(recipients [3]string) ([3]EscrowFile, error) {
	var files [3]EscrowFile
	if o.Locked() {
		return files, &SealError{"escrow file", ErrLocked}
	}
	var parsed [3]age.Recipient
	for i, text := range recipients {
		key, err := age.ParseHybridRecipient(strings.TrimSpace(text))
		if err != nil {
			return files, &SealError{fmt.Sprintf("escrow recipient %d", i+1), ErrMalformed}
		}
		for j := range i {
			if parsed[j].(*age.HybridRecipient).String() == key.String() {
				return files, &SealError{fmt.Sprintf("escrow recipient %d", i+1), ErrMalformed}
			}
		}
		parsed[i] = key
	}
	for n, pair := range [3][2]int{{0, 1}, {0, 2}, {1, 2}} {
		inner, err := ageSeal(o.rootText(), parsed[pair[0]])
		if err != nil {
			return files, err
		}
		outer, err := ageSeal(inner, parsed[pair[1]])
		if err != nil {
			return files, err
		}
		files[n] = EscrowFile{Holders: pair, Age: outer}
	}
	return files, nil
}

// OpenEscrow restores the office from one escrow file and the two holders'
// age identities ("AGE-SECRET-KEY-PQ-1…"), in either order. ErrWrongSecret when
// these are not the two of this file.
func OpenEscrow(file []byte, identities [2]string) (*Office, error) {
	var keys []age.Identity
	for i, text := range identities {
		key, err := age.ParseHybridIdentity(strings.TrimSpace(text))
		if err != nil {
			return nil, &SealError{fmt.Sprintf("escrow identity %d", i+1), ErrMalformed}
		}
		keys = append(keys, key)
	}
	inner, err := ageOpen("escrow file", file, keys...)
	if err != nil {
		return nil, err
	}
	plain, err := ageOpen("escrow file", inner, keys...)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return officeFromText("escrow file", plain)
}

func (o *Office) rootText() []byte {
	return []byte(rootLine + hex.EncodeToString(o.root[:]) + "\n")
}

func officeFromText(item string, text []byte) (*Office, error) {
	if !bytes.HasPrefix(text, []byte(rootLine)) {
		return nil, &SealError{item, ErrVersion}
	}
	var root [keySize]byte
	digits := bytes.TrimSuffix(text[len(rootLine):], []byte("\n"))
	if len(digits) != 2*keySize {
		return nil, &SealError{item, ErrMalformed}
	}
	if _, err := hex.Decode(root[:], digits); err != nil {
		return nil, &SealError{item, ErrMalformed}
	}
	return officeFrom(root)
}

func ageSeal(plain []byte, recipient age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err != nil {
		return nil, fmt.Errorf("vault: office file: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("vault: office file: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("vault: office file: %w", err)
	}
	return out.Bytes(), nil
}

func ageOpen(item string, sealed []byte, identities ...age.Identity) ([]byte, error) {
	if len(sealed) > officeFileMax {
		return nil, &SealError{item, ErrMalformed}
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), identities...)
	if err != nil {
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, &SealError{item, ErrWrongSecret}
		}
		return nil, &SealError{item, ErrMalformed}
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, &SealError{item, ErrSealBroken}
	}
	return plain, nil
}
