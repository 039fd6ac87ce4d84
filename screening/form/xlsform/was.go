package xlsform

import "strings"

// earlier reads the names that a question or choice had before.
func (b *book) earlier(r *row, named func(string) bool) []string {
	names := strings.Fields(r.get(colWas))
	for _, name := range names {
		if !named(name) {
			b.fault(r, colWas, "%q is no earlier name", name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return names
}
