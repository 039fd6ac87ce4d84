package device

import (
	"strings"
)

// slipLetters leaves out what is read wrongly from paper. They are 29, a prime,
// so that the check letter finds what it should.
const slipLetters = "23456789ABCDEFGHJKMNPQRSTVWXY"

// slipRandom letters of 29 are 43 bits, so that nobody withdraws a stranger's
// consent by guessing; one more letter finds most slips of the hand.
const slipRandom = 9

// slipCode draws the opaque code of the person's slip.
func (d *Device) slipCode() (string, error) {
	var raw [1]byte
	code := make([]byte, 0, slipRandom+1)
	for len(code) < slipRandom {
		if _, err := d.Random.Read(raw[:]); err != nil {
			return "", err
		}
		if at := int(raw[0]); at < 8*len(slipLetters) { // no letter likelier than another
			code = append(code, slipLetters[at%len(slipLetters)])
		}
	}
	code = append(code, slipCheck(code))
	return printedSlip(string(code)), nil
}

// printedSlip is the form on paper: two halves of five.
func printedSlip(code string) string { return code[:5] + "-" + code[5:] }

// slipCheck is a weighted sum of the letters' places: one wrong letter always
// shows, and so do two that were exchanged.
func slipCheck(code []byte) byte {
	sum := 0
	for i, letter := range code[:slipRandom] {
		sum += (i + 1) * strings.IndexByte(slipLetters, letter)
	}
	return slipLetters[sum%len(slipLetters)]
}
