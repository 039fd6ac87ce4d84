package vault

import (
	"bytes"
	"errors"
	"testing"

	"filippo.io/age"
)

// quickWork is a scrypt work factor for tests only.
const quickWork = 4

func TestOfficeFileOpensWithItsPassphrase(t *testing.T) {
	o := testOffice(t)
	var file bytes.Buffer
	if err := o.Save(&file, "a made-up passphrase", quickWork); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file.Bytes(), []byte("OFFICE-ROOT")) {
		t.Error("the file is in the clear")
	}
	back := must(Load(bytes.NewReader(file.Bytes()), "a made-up passphrase"))(t)
	if back.root != o.root {
		t.Error("another root came back")
	}
	for _, row := range []struct {
		name, passphrase string
		file             []byte
		want             error
	}{
		{"a wrong passphrase", "another", file.Bytes(), ErrWrongSecret},
		{"no passphrase", "", file.Bytes(), ErrWrongSecret},
		{"an empty file", "a made-up passphrase", nil, ErrMalformed},
		{"not an age file", "a made-up passphrase", []byte("root"), ErrMalformed},
		{"an endless file", "a made-up passphrase", make([]byte, officeFileMax+1), ErrMalformed},
		{"cut", "a made-up passphrase", file.Bytes()[:file.Len()-1], ErrSealBroken},
	} {
		if got, err := Load(bytes.NewReader(row.file), row.passphrase); !errors.Is(err, row.want) || got != nil {
			t.Errorf("%s: %v, want %v", row.name, err, row.want)
		}
	}
	for i := range file.Len() {
		damaged := bytes.Clone(file.Bytes())
		damaged[i] ^= 1
		if got, err := Load(bytes.NewReader(damaged), "a made-up passphrase"); err == nil || got != nil {
			t.Fatalf("byte %d flipped, and the file still opens", i)
		}
	}
}

func TestOfficeFileOpensWithItsIdentity(t *testing.T) {
	o := testOffice(t)
	own, other := must(NewIdentity())(t), must(NewIdentity())(t)
	var file, underPassphrase bytes.Buffer
	if err := errors.Join(o.SaveFor(&file, own+"\n"), o.Save(&underPassphrase, "made up", quickWork)); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file.Bytes(), []byte("OFFICE-ROOT")) {
		t.Error("the file is in the clear")
	}
	if back := must(LoadFor(bytes.NewReader(file.Bytes()), "# created: as age-keygen writes it\n\n"+own+"\n"))(t); back.root != o.root {
		t.Error("another root came back")
	}
	for _, row := range []struct {
		name, identity string
		file           []byte
		want           error
	}{
		{"another identity", other, file.Bytes(), ErrWrongSecret},
		{"no identity", "# nothing here\n", file.Bytes(), ErrMalformed},
		{"two identities", own + "\n" + other, file.Bytes(), ErrMalformed},
		{"not post-quantum", must(age.GenerateX25519Identity())(t).String(), file.Bytes(), ErrMalformed},
		{"a file under a passphrase", own, underPassphrase.Bytes(), ErrWrongSecret},
		{"an endless file", own, make([]byte, officeFileMax+1), ErrMalformed},
		{"cut", own, file.Bytes()[:file.Len()-1], ErrSealBroken},
	} {
		if got, err := LoadFor(bytes.NewReader(row.file), row.identity); !errors.Is(err, row.want) || got != nil {
			t.Errorf("%s: %v, want %v", row.name, err, row.want)
		}
	}
	if _, err := Load(bytes.NewReader(file.Bytes()), "made up"); err == nil {
		t.Error("a passphrase opens it")
	}
}

func TestOfficeFileRefusesItsOwnMisuse(t *testing.T) {
	o := testOffice(t)
	for name, err := range map[string]error{
		"no passphrase":    o.Save(new(bytes.Buffer), "", quickWork),
		"no work":          o.Save(new(bytes.Buffer), "p", 0),
		"work we'd refuse": o.Save(new(bytes.Buffer), "p", scryptWorkMax+1),
	} {
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for text, want := range map[string]error{
		"RAKSA-OFFICE-ROOT-2 00":            ErrVersion,
		"":                                  ErrVersion,
		rootLine:                            ErrMalformed,
		rootLine + string(make([]byte, 64)): ErrMalformed,
	} {
		if _, err := officeFromText("office file", []byte(text)); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Protection study, 3.14 and test H1: any two of three, and no one alone.
func TestAnyTwoOfThreeHoldersRestoreTheOffice(t *testing.T) {
	o := testOffice(t)
	var holders [3]*age.HybridIdentity
	var recipients [3]string
	for i := range holders {
		holders[i] = must(age.GenerateHybridIdentity())(t)
		recipients[i] = holders[i].Recipient().String()
	}
	files := must(o.Escrow(recipients))(t)
	if files[0].Holders != [2]int{0, 1} || files[1].Holders != [2]int{0, 2} || files[2].Holders != [2]int{1, 2} {
		t.Errorf("the files are not one for each pair: %v, %v, %v", files[0].Holders, files[1].Holders, files[2].Holders)
	}

	for _, file := range files {
		for a := range holders {
			for b := range holders {
				got, err := OpenEscrow(file.Age, [2]string{holders[a].String(), holders[b].String()})
				theirs := a != b && (file.Holders == [2]int{a, b} || file.Holders == [2]int{b, a})
				switch {
				case theirs && (err != nil || got.root != o.root):
					t.Errorf("file of %v, holders %d and %d: %v", file.Holders, a, b, err)
				case !theirs && !errors.Is(err, ErrWrongSecret):
					t.Errorf("file of %v opened, or failed oddly, for %d and %d: %v", file.Holders, a, b, err)
				}
			}
		}
	}
	pair := [2]string{holders[0].String(), holders[1].String()}
	for i := 0; i < len(files[0].Age); i += 97 {
		damaged := bytes.Clone(files[0].Age)
		damaged[i] ^= 1
		if _, err := OpenEscrow(damaged, pair); err == nil {
			t.Errorf("byte %d flipped, and the escrow file still opens", i)
		}
	}
}

func TestEscrowRefusesRecipients(t *testing.T) {
	o := testOffice(t)
	a := must(age.GenerateHybridIdentity())(t).Recipient().String()
	b := must(age.GenerateHybridIdentity())(t).Recipient().String()
	classic := must(age.GenerateX25519Identity())(t).Recipient().String()
	for name, recipients := range map[string][3]string{
		"one holder twice":           {a, b, a},
		"not a key":                  {a, b, "age1"},
		"not post-quantum":           {a, b, classic},
		"two keys where one belongs": {a, b, a + "\n" + b},
	} {
		if _, err := o.Escrow(recipients); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := OpenEscrow(nil, [2]string{"x", "y"}); !errors.Is(err, ErrMalformed) {
		t.Errorf("opened with no identities: %v", err)
	}
}

func FuzzOfficeFile(f *testing.F) {
	o := must(NewOffice(replay("office")))(f)
	var file bytes.Buffer
	if err := o.Save(&file, "passphrase", 1); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add(o.rootText())
	f.Fuzz(func(t *testing.T, b []byte) {
		if bytes.Contains(b, []byte("-> scrypt")) && !bytes.Equal(b, file.Bytes()) {
			return // a changed work factor would only make the fuzzer slow
		}
		if got, err := Load(bytes.NewReader(b), "passphrase"); err == nil && got.root != o.root {
			t.Fatal("loaded a root that was never saved")
		}
		officeFromText("office file", b)
	})
}
