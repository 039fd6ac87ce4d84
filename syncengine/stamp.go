package syncengine

// Stamp is a hybrid logical clock (HLC) reading: milliseconds since 1970 in the
// upper 48 bits, a counter in the lower 16. It orders what people look at. It
// never decides what survives.
type Stamp uint64

// stampAheadMaxMillis bounds how far a stamp that came from elsewhere may pull
// the local clock forward, so that one tablet in 2031 does not drag the others
// along. Such stamps are stored as they are, and not adopted.
const stampAheadMaxMillis = 10 * 60 * 1000

// Next gives the stamp of a change written when the wall clock shows wallMillis
// after a change stamped s: never equal to s, never below it.
func (s Stamp) Next(wallMillis int64) Stamp {
	wall := stampAt(wallMillis)
	if wall > s {
		return wall
	}
	return s + 1
}

// Meet gives the local stamp after seeing other, unless other is too far ahead
// of the wall clock to be believed.
func (s Stamp) Meet(other Stamp, wallMillis int64) Stamp {
	if other <= s || other.Millis() > wallMillis+stampAheadMaxMillis {
		return s
	}
	return other
}

// Millis is the wall part, in milliseconds since 1970.
func (s Stamp) Millis() int64 { return int64(s >> 16) }

func stampAt(wallMillis int64) Stamp {
	const most = 1<<48 - 1
	return Stamp(min(max(wallMillis, 0), most)) << 16
}
