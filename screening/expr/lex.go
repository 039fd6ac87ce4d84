package expr

import "strings"

type token struct {
	kind rune // 'n' name, '0' number, '\'' text, 'o' operator, 0 end
	text string
	pos  int
}

// lex cuts a condition into tokens. The last token is always the end mark.
func lex(source string) ([]token, error) {
	if len(source) > LengthMax {
		return nil, &Error{LengthMax, "condition is too long"}
	}
	var tokens []token
	for i := 0; i < len(source); {
		c := source[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n':
			i++
		case isLetter(c):
			end := span(source, i, func(b byte) bool { return isLetter(b) || isDigit(b) })
			if strings.HasPrefix(source[end:], "[]") {
				end += 2
			}
			tokens = append(tokens, token{'n', source[i:end], i})
			i = end
		case isDigit(c):
			end := span(source, i, func(b byte) bool { return isDigit(b) || b == '.' })
			tokens = append(tokens, token{'0', source[i:end], i})
			i = end
		case c == '\'':
			end := strings.IndexByte(source[i+1:], '\'')
			if end < 0 {
				return nil, &Error{i, "text is not closed"}
			}
			tokens = append(tokens, token{'\'', source[i+1 : i+1+end], i})
			i += end + 2
		default:
			operator := operatorAt(source[i:])
			if operator == "" {
				return nil, &Error{i, "unexpected character"}
			}
			tokens = append(tokens, token{'o', operator, i})
			i += len(operator)
		}
	}
	return append(tokens, token{0, "", len(source)}), nil
}

func operatorAt(s string) string {
	for _, operator := range []string{"!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "(", ")", ","} {
		if strings.HasPrefix(s, operator) {
			return operator
		}
	}
	return ""
}

func span(s string, from int, in func(byte) bool) int {
	for from < len(s) && in(s[from]) {
		from++
	}
	return from
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
