package main

import (
	"raksa/screening/form"
)

// knownForms gives every form version that this program was built with.
func knownForms(version string) *form.Definition {
	if def := form.Builtin(); def.Version() == version {
		return def
	}
	return nil
}
