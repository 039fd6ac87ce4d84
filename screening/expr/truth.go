package expr

// Truth is the value of a condition. The zero Truth is False.
type Truth uint8

// The three truth values, ordered so that "and" is the least and "or" the
// greatest of its parts (Kleene's strong logic).
const (
	False Truth = iota
	Unknown
	True
)

// String returns "false", "unknown" or "true".
func (t Truth) String() string {
	return [...]string{"false", "unknown", "true"}[t]
}

// Not turns true into false and back; unknown stays unknown.
func (t Truth) Not() Truth { return True - t }

// And is true when both are, false when either is, else unknown.
func (t Truth) And(u Truth) Truth { return min(t, u) }

// Or is true when either is, false when both are, else unknown.
func (t Truth) Or(u Truth) Truth { return max(t, u) }

func truthOf(b bool) Truth {
	if b {
		return True
	}
	return False
}
