package night

import (
	"fmt"
	"net"
	"testing"

	"raksa/device"
)

// Whatever stands in the office's place, a hotel's page, a broken box or
// nothing: the tablet knows that it is not the office, keeps all, and goes on
// when the office is there again.
func TestWhoeverAnswersInTheOfficesPlaceHarmsNothing(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, _ := somebody(1, "fisher")
	id := n.begin(t, n.PTC1, who)
	page := "<html>Welcome! Please log in.</html>"
	for i, row := range []struct {
		name   string
		answer func(net.Conn)
	}{
		{"a page that asks to log in", func(c net.Conn) {
			c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 36\r\n\r\n" + page))
		}},
		{"a page elsewhere", func(c net.Conn) {
			c.Write([]byte("HTTP/1.1 302 Found\r\nLocation: http://portal.invalid/\r\n\r\n"))
		}},
		{"a reset", func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }},
		{"one byte and nothing more", func(c net.Conn) { c.Write([]byte{0x16}) }},
		{"the fatal alert of a box in between", func(c net.Conn) { c.Write([]byte{0x15, 3, 3, 0, 2, 2, 40}) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			n.write(t, n.PTC1, id, map[string]string{"wrk_hours_day": fmt.Sprint(8 + i)})
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			defer listener.Close()
			go func() {
				for {
					c, err := listener.Accept()
					if err != nil {
						return
					}
					c.Read(make([]byte, 1<<12))
					row.answer(c)
					c.Close()
				}
			}()
			n.link.setCut(true) // kept connections end
			n.link.setCut(false)
			n.link.to(listener.Addr().String())
			err = n.PTC1.SyncOnce(t.Context())
			if code := device.Code(err); code != "office_unreachable" {
				t.Errorf("the tablet says %q: %v", code, err)
			}
			if placeOf(t, n.PTC1, id) != device.OnTablet {
				t.Error("a record is said to be at the office")
			}
			n.link.to(n.Listening.SyncAddr)
			must(t, n.PTC1.SyncOnce(t.Context()))
			if placeOf(t, n.PTC1, id) != device.AtOffice {
				t.Error("the tablet did not go on")
			}
		})
	}
	n.allWell(t)
}
