package vault

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"golang.org/x/crypto/argon2"
)

// Protection study, test A11: the libraries below us answer the published
// vectors. (crypto/hpke and crypto/ed25519 are tried by Go's own suite and by
// the replay of our vectors with another library.)
func TestPublishedVectors(t *testing.T) {
	unhex := func(s string) []byte { return must(hex.DecodeString(s))(t) }

	t.Run("XChaCha20-Poly1305, draft-irtf-cfrg-xchacha-03, A.3.1", func(t *testing.T) {
		key := [32]byte(unhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"))
		nonce := unhex("404142434445464748494a4b4c4d4e4f5051525354555657")
		plain := []byte("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.")
		want := "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb" +
			"731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452" +
			"2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9" +
			"21f9664c97637da9768812f615c68b13b52e" + "c0875924c1c7987947deafd8780acf49"
		got := must(sealRandom(bytes.NewReader(nonce), "vector", &key, unhex("50515253c0c1c2c3c4c5c6c7"), plain))(t)
		if hex.EncodeToString(got[24:]) != want {
			t.Errorf("got %x", got[24:])
		}
	})

	t.Run("HKDF-SHA256, RFC 5869, A.1 and A.3", func(t *testing.T) {
		secret := bytes.Repeat([]byte{0x0b}, 22)
		got := must(hkdf.Key(sha256.New, secret, unhex("000102030405060708090a0b0c"), string(unhex("f0f1f2f3f4f5f6f7f8f9")), 42))(t)
		if want := "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"; hex.EncodeToString(got) != want {
			t.Errorf("A.1: got %x", got)
		}
		// A.3 has no salt and no info, as derive has no salt.
		short := derive(secret, "")
		if want := "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"; hex.EncodeToString(short[:]) != want {
			t.Errorf("A.3: got %x", short)
		}
	})

	t.Run("Argon2id, test.c of the reference implementation, version 19", func(t *testing.T) {
		for _, row := range []struct {
			passes, memoryKiB uint32
			want              string
		}{
			{2, 1 << 16, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"},
			{2, 1 << 8, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"},
		} {
			got := argon2.IDKey([]byte("password"), []byte("somesalt"), row.passes, row.memoryKiB, 1, 32)
			if hex.EncodeToString(got) != row.want {
				t.Errorf("t=%d m=%d: got %x", row.passes, row.memoryKiB, got)
			}
		}
	})
}
