// Package carrier is the file that a stick, another tablet or a box at the
// center brings from a device to the office and back: the same pages, answers
// and signatures as on the wire, sealed to one receiver.
//
// Its nouns:
//
//   - A bundle is one such file. Its name is random and tells nothing.
//   - A Head says who sends it to whom, what it holds and what it answers.
//   - An item is one request, one answer, or one part of a handover: bytes to
//     this package.
//
// Bytes:
//
//	"raksa/carrier/1 " ‖ name in hex ‖ "\n"                   in the clear
//	age stream, sealed to the receiver (package vault)
//	  ┌ head  kind(1) length(4) body signature(64)
//	  │ item  kind(1) length(4) body signature(64)  ...
//	  │ end   kind(1) length(4) count signature(64)
//	  └ zeros up to the next padded size
//	name in hex ‖ "\n"                                        in the clear
//
// Each signature covers a hash chained over everything before it, so that an
// item holds for its place in this bundle and no other. The second name is how
// a bundle that was cut off is told from one that was altered.
//
// What it promises:
//
//   - A reader gives only items whose signature holds, in the order in which
//     they were written, and io.EOF only at the signed end of an unaltered file.
//     What it gave before an error stays good: whoever takes items one by one
//     can go on later with another copy.
//   - Memory is bounded by one item, whatever the length of the bundle.
//   - Sizes are padded (12 % at most), so that a length tells little.
//   - Every refusal is one of the errors below, and none quotes a byte.
//
// What it does not do: it holds no rule about who may send what, keeps nothing,
// and does not know what an item means. Taking an item twice must be harmless:
// that is the law of what it carries.
package carrier
