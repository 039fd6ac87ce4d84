package device

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"raksa/carrier"
	"raksa/syncengine"
)

// A Box takes what other devices of the center have sealed to the office, keeps
// it, brings it to the office when there is a link, and keeps the answers for
// them. It can open none of it. Any enrolled device may be one; as a rule it is
// the case laptop.
//
//	<dir>/in/<device>/<name>.raksa    for the office, from that device
//	<dir>/out/<device>/<name>.raksa   for that device: answers, handovers
type Box struct {
	device *Device
	dir    string
	at     atomic.Value // string: where it listens, once it does
}

// address is where it listens, as other devices are told.
func (b *Box) address() string {
	at, _ := b.at.Load().(string)
	return at
}

// Limits of what a box keeps for one device.
const (
	boxBundleBytes = 4 << 20 // the office takes no larger one
	boxPartBytes   = 2 << 20
	boxFilesMax    = 256
)

// Box makes this device a box that keeps its bundles in a folder.
func (d *Device) Box(dir string) (*Box, error) {
	if !d.Enrolled() {
		return nil, ErrNotEnrolled
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("device: box: %w", err)
	}
	b := &Box{device: d, dir: dir}
	d.mu.Lock()
	d.box = b
	d.mu.Unlock()
	return b, nil
}

func (b *Box) in(device syncengine.RecordID) string {
	return filepath.Join(b.dir, "in", device.String())
}

func (b *Box) out(device syncengine.RecordID) string {
	return filepath.Join(b.dir, "out", device.String())
}

// BoxStatus is what a box holds. It has no more to tell.
type BoxStatus struct {
	Bundles int   // for the office
	Devices int   // that they are from
	Bytes   int64 // of them
	Answers int   // for devices that have not fetched them
	Oldest  time.Time
}

// Status counts what lies here.
func (b *Box) Status() (st BoxStatus, err error) {
	err = b.each("in", func(_ syncengine.RecordID, files []carrier.Entry) error {
		st.Devices++
		for _, file := range files {
			st.Bundles++
			st.Bytes += file.Bytes
			if at := file.Modified; st.Oldest.IsZero() || at.Before(st.Oldest) {
				st.Oldest = at
			}
		}
		return nil
	})
	if err != nil {
		return st, err
	}
	return st, b.each("out", func(_ syncengine.RecordID, files []carrier.Entry) error {
		st.Answers += len(files)
		return nil
	})
}

// each calls fn for every device that has bundles under a folder, oldest first.
func (b *Box) each(folder string, fn func(syncengine.RecordID, []carrier.Entry) error) error {
	devices, err := os.ReadDir(filepath.Join(b.dir, folder))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range devices {
		id, err := syncengine.ParseRecordID(entry.Name())
		if err != nil {
			continue
		}
		files, err := carrier.List(filepath.Join(b.dir, folder, entry.Name()))
		if err != nil {
			return err
		}
		slices.SortStableFunc(files, func(x, y carrier.Entry) int { return x.Modified.Compare(y.Modified) })
		if len(files) == 0 {
			continue
		}
		if err := fn(id, files); err != nil {
			return err
		}
	}
	return nil
}

// bundleTaker is an office that takes bundles of others. Every connection of ours
// does; a simulated office may not.
type bundleTaker interface {
	Carry(ctx context.Context, bundle []byte) ([]byte, error)
}

// Forward brings what lies here to the office and keeps its answers. What the
// office has answered goes; what it could not be given stays.
func (b *Box) Forward(ctx context.Context) error {
	office, can := b.device.reach().(bundleTaker)
	if !can {
		return nil
	}
	var failed error
	err := b.each("in", func(id syncengine.RecordID, files []carrier.Entry) error {
		for _, file := range files {
			err := b.forward(ctx, office, id, file)
			if err != nil && ofTheOffice(ctx, err) {
				return err
			}
			if err != nil {
				// It stays, with what follows it; the other devices do not wait for it.
				failed = errors.Join(failed, err)
				return nil
			}
		}
		return nil
	})
	return errors.Join(failed, err)
}

func (b *Box) forward(ctx context.Context, office bundleTaker, id syncengine.RecordID, file carrier.Entry) error {
	raw, err := os.ReadFile(file.Path)
	if err != nil {
		return err
	}
	answer, err := office.Carry(ctx, raw)
	if errors.Is(err, errBundleRefused) {
		// Its device finds it neither here nor confirmed, and sends again.
		b.device.Log.Warn().Str("device", id.String()).Msg("the office refused a bundle of the box")
		return os.Remove(file.Path)
	}
	if err != nil {
		return err
	}
	name, err := carrier.NameOf(answer)
	if err != nil {
		return err
	}
	if err := b.keep(b.out(id), name, answer); err != nil {
		return err
	}
	return os.Remove(file.Path)
}

// takeOwn takes what others left here for this device itself.
func (b *Box) takeOwn(ctx context.Context) error {
	if _, err := b.device.open(); err != nil {
		return nil // once somebody has signed in
	}
	files, err := carrier.List(b.out(b.device.identity().Device))
	if err != nil {
		return err
	}
	for _, file := range files {
		bundle, err := os.Open(file.Path)
		if err != nil {
			return err
		}
		_, err = b.device.CarryIn(ctx, bundle, nil)
		if err = errors.Join(err, bundle.Close()); err != nil && !ofTheBundle(err) {
			return err
		}
		if err := os.Remove(file.Path); err != nil {
			return err
		}
	}
	return nil
}

func (b *Box) keep(folder string, name carrier.Name, bundle []byte) error {
	f, err := carrier.Create(folder, name)
	if err != nil {
		return err
	}
	if _, err := f.Write(bundle); err != nil {
		f.Discard()
		return err
	}
	return f.Keep()
}

// boxState is what a box tells a device about itself.
type boxState struct {
	Held   []carrier.Name `json:"held"` // of its bundles, not yet at the office
	ForYou []carrier.Name `json:"for_you"`
}

// Handler answers the devices of the directory, told by their keys in the TLS
// handshake (TLSConfig). A device reaches what is its own and nothing else.
func (b *Box) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /box/1", b.with(b.state))
	mux.HandleFunc("PUT /box/1/bundles/{name}", b.with(b.take))
	mux.HandleFunc("GET /box/1/for-you/{name}", b.with(b.give))
	mux.HandleFunc("DELETE /box/1/for-you/{name}", b.with(b.drop))
	mux.HandleFunc("PUT /box/1/for/{device}/{name}", b.with(b.takeFor))
	return http.MaxBytesHandler(mux, boxBundleBytes+1)
}

// errBoxFull: too much of one device lies here already.
var errBoxFull = errors.New("device: the box holds too much of this device")

type boxCall func(w http.ResponseWriter, r *http.Request, from syncengine.RecordID) error

// with finds out who calls, and maps errors, once.
func (b *Box) with(call boxCall) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from, err := b.device.peer(r.Context(), r.TLS)
		if err == nil {
			err = call(w, r, from.ID)
		}
		code := 0
		switch {
		case err == nil:
			return
		case errors.Is(err, ErrPeer):
			code = http.StatusForbidden
		case errors.Is(err, carrier.ErrForeign), errors.Is(err, os.ErrNotExist):
			code = http.StatusNotFound
		case errors.Is(err, carrier.ErrTooLong):
			code = http.StatusRequestEntityTooLarge
		case errors.Is(err, carrier.ErrFull), errors.Is(err, errBoxFull):
			code = http.StatusInsufficientStorage
		default:
			code = http.StatusInternalServerError
		}
		b.device.Log.Info().Int("code", code).Str("device", from.ID.String()).Msg("the box refused a call")
		http.Error(w, http.StatusText(code), code)
	}
}

func (b *Box) state(w http.ResponseWriter, _ *http.Request, from syncengine.RecordID) error {
	var st boxState
	for into, folder := range map[*[]carrier.Name]string{&st.Held: b.in(from), &st.ForYou: b.out(from)} {
		files, err := carrier.List(folder)
		if err != nil {
			return err
		}
		slices.SortStableFunc(files, func(x, y carrier.Entry) int { return x.Modified.Compare(y.Modified) })
		for _, file := range files {
			*into = append(*into, file.Name)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(st)
}

// take keeps a bundle for the office. When it answers, the bundle is on disk.
func (b *Box) take(w http.ResponseWriter, r *http.Request, from syncengine.RecordID) error {
	if err := b.store(r, b.in(from)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	b.device.stir()
	return nil
}

// takeFor keeps a bundle for another device of the directory: a handover.
func (b *Box) takeFor(w http.ResponseWriter, r *http.Request, _ syncengine.RecordID) error {
	to, err := syncengine.ParseRecordID(r.PathValue("device"))
	if err != nil {
		return carrier.ErrForeign
	}
	if _, err := b.device.peerOf(r.Context(), to); err != nil {
		return err
	}
	if err := b.store(r, b.out(to)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	b.device.stir()
	return nil
}

func (b *Box) store(r *http.Request, folder string) error {
	name, err := carrier.ParseName(r.PathValue("name"))
	if err != nil {
		return err
	}
	files, err := carrier.List(folder)
	if err != nil {
		return err
	}
	if len(files) >= boxFilesMax {
		return errBoxFull
	}
	_, err = carrier.Save(folder, name, r.Body, boxBundleBytes)
	return err
}

func (b *Box) give(w http.ResponseWriter, r *http.Request, from syncengine.RecordID) error {
	name, err := carrier.ParseName(r.PathValue("name"))
	if err != nil {
		return err
	}
	file, err := os.Open(filepath.Join(b.out(from), name.File()))
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

func (b *Box) drop(w http.ResponseWriter, r *http.Request, from syncengine.RecordID) error {
	name, err := carrier.ParseName(r.PathValue("name"))
	if err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(b.out(from), name.File())); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
