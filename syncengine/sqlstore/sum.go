package sqlstore

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"raksa/syncengine"
)

// SQLite does not notice a byte that flips inside a value. A change is named by
// its hash; a cell has no name of that kind, so each value ends with a checksum
// over its bucket, its key and itself. It guards against disks, not against people:
// what must not be forged is sealed or signed.

const sumBytes = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sum(bucket string, key, value []byte) uint32 {
	s := crc32.Update(0, castagnoli, append([]byte(bucket), 0))
	s = crc32.Update(s, castagnoli, binary.BigEndian.AppendUint32(nil, uint32(len(key))))
	return crc32.Update(crc32.Update(s, castagnoli, key), castagnoli, value)
}

// withSum gives the bytes to store for a value, never nil.
func withSum(bucket string, key, value []byte) []byte {
	stored := append(make([]byte, 0, len(value)+sumBytes), value...)
	return binary.BigEndian.AppendUint32(stored, sum(bucket, key, value))
}

// unsum gives the value of stored bytes, never nil, or ErrDamaged with the
// bucket and no byte of the value.
func unsum(bucket string, key, stored []byte) ([]byte, error) {
	n := len(stored) - sumBytes
	if n < 0 || binary.BigEndian.Uint32(stored[n:]) != sum(bucket, key, stored[:n]) {
		return nil, fmt.Errorf("%w: a cell of %s", syncengine.ErrDamaged, bucketName(bucket))
	}
	return append([]byte{}, stored[:n]...), nil
}

// bucketName keeps damaged bytes out of an error text.
func bucketName(bucket string) string {
	for _, r := range bucket {
		if r < ' ' || r > '~' {
			return "a bucket whose name is damaged"
		}
	}
	return bucket
}
