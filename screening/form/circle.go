package form

import (
	"strings"

	"raksa/screening/expr"
)

// checkCircles refuses a form in which whether a question is asked depends, by
// way of others, on its own answer: nobody could say what such a form asks.
func (d *Definition) checkCircles() error {
	walk := circles{form: d, done: map[string]bool{}}
	for _, item := range d.items {
		if loop := walk.from(item.ID); loop != nil {
			return &LoadError{loop[0], "conditions in a circle: " + strings.Join(append(loop, loop[0]), ", ")}
		}
	}
	return nil
}

type circles struct {
	form *Definition
	way  []string // from the item that the walk began at
	done map[string]bool
}

// from returns the first circle that an item leads into, or nil.
func (c *circles) from(id string) []string {
	for i, before := range c.way {
		if before == id {
			return append([]string(nil), c.way[i:]...)
		}
	}
	if c.done[id] {
		return nil
	}
	c.way = append(c.way, id)
	for _, name := range c.form.dependsOn(id) {
		if loop := c.from(name); loop != nil {
			return loop
		}
	}
	c.way = c.way[:len(c.way)-1]
	c.done[id] = true
	return nil
}

// dependsOn lists the items that decide whether an item is asked. The facts of
// age stand for the items they are made from.
func (d *Definition) dependsOn(id string) []string {
	item := d.byID[id]
	if item == nil {
		return nil
	}
	var names []string
	for _, condition := range []*expr.Expr{d.section(item.Section).Relevant, item.Relevant} {
		if condition == nil {
			continue
		}
		for _, name := range condition.Names() {
			if name == factAge || name == factChild {
				names = append(names, ageItems...)
			} else if d.byID[name] != nil {
				names = append(names, name)
			}
		}
	}
	return names
}
