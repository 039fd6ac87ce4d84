package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"raksa/vault"
)

// opener says what opens the office's key file: a passphrase, or the identity of
// a service that must start without a person.
type opener struct {
	Passphrase string `help:"File that holds the passphrase of the key." type:"existingfile" xor:"opener" required:""`
	Identity   string `help:"File that holds the age identity of the key, for a service that starts by itself (docs/howto/start-by-itself.md)." type:"existingfile" xor:"opener" required:""`
}

// load opens the key file at path.
func (o opener) load(path string) (*vault.Office, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if o.Identity != "" {
		identity, err := readIdentity(o.Identity)
		if err != nil {
			return nil, err
		}
		return vault.LoadFor(file, identity)
	}
	secrets, err := readSecrets(o.Passphrase)
	if err != nil {
		return nil, err
	}
	return vault.Load(file, secrets[0])
}

// loadOrMake opens the key file, or makes it under the passphrase when there is none.
func (o opener) loadOrMake(path string) (*vault.Office, error) {
	keys, err := o.load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if o.Identity != "" {
		return nil, fmt.Errorf("%w; make it with \"raksa tool service-key\"", err)
	}
	secrets, err := readSecrets(o.Passphrase)
	if err != nil {
		return nil, err
	}
	if keys, err = vault.NewOffice(rand.Reader); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return keys, writeNew(path, func(w io.Writer) error { return keys.Save(w, secrets[0], vault.ScryptWork) })
}

// writeNew writes a file that only its owner reads, and that was not there.
func writeNew(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Sync(), file.Close())
}

// readSecrets gives the lines of a secrets file.
func readSecrets(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines := strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s holds no passphrase", path)
	}
	return lines, nil
}

// identityBytesMax is far more than an identity with comments takes.
const identityBytesMax = 16 << 10

// readIdentity refuses a file that everybody on the machine may read.
func readIdentity(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o007 != 0 && os.PathSeparator == '/' {
		return "", fmt.Errorf("everybody on this machine may read %s: chmod 600 it, and think of who may have read it", path)
	}
	if info.Size() > identityBytesMax {
		return "", fmt.Errorf("%s is no identity: it is too large", path)
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

// serviceKeyCommand makes what a service needs to start without a person.
type serviceKeyCommand struct {
	Key        string `help:"The office's key file, under its passphrase." type:"existingfile" required:""`
	Passphrase string `help:"File that holds its passphrase." type:"existingfile" required:""`
	Identity   string `help:"Where the new identity goes; a file that is not there yet." required:""`
	To         string `arg:"" help:"Where the key goes, sealed to that identity; a file that is not there yet."`
}

// Run draws an identity and seals the key to it. The file under the passphrase
// stays as it is.
func (c *serviceKeyCommand) Run(context.Context) error {
	keys, err := opener{Passphrase: c.Passphrase}.load(c.Key)
	if err != nil {
		return err
	}
	defer keys.Close()
	identity, err := vault.NewIdentity()
	if err != nil {
		return err
	}
	if err := writeNew(c.Identity, func(w io.Writer) error {
		_, err := io.WriteString(w, identity+"\n")
		return err
	}); err != nil {
		return err
	}
	if err := writeNew(c.To, func(w io.Writer) error { return keys.SaveFor(w, identity) }); err != nil {
		return err
	}
	fmt.Printf("serve with --key=%s --identity=%s\n", c.To, c.Identity)
	fmt.Println("whoever has these two files has the office: keep them apart from each other, and both out of every backup")
	return nil
}
