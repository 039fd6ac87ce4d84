package expr

// Tree is a parsed condition as data, for whoever writes it in another
// spelling. Op is "number", "text", "name", "group", "call", "neg", "not",
// "and", "or", or the operator as written. Text is the name, literal or
// function.
type Tree struct {
	Op     string
	Text   string
	Number float64
	Kids   []Tree
}

// Tree returns the condition as data. Brackets are gone: the tree says what
// belongs together.
func (e *Expr) Tree() Tree { return tree(e.root) }

func tree(n *node) Tree {
	t := Tree{Op: string(n.op), Text: n.text, Number: n.number}
	for _, kid := range n.kids {
		t.Kids = append(t.Kids, tree(kid))
	}
	return t
}
