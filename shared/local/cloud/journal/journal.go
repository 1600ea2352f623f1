// Package journal is the append-only file in which the local cloud keeps its state. It holds the records of all
// services, in the order in which they were appended; what they mean is the services' affair.
//
// Durable means here: written to the operating system with write(2). That survives kill -9 of any process, not the
// loss of power, and costs no fsync. A writer goroutine puts everything that has queued up into one write, so that
// concurrent commits share its cost.
package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
)

// maxPending bounds what may queue before Append waits for the writer.
const maxPending = 64 << 20

var (
	// ErrCorrupt means that the file is no journal, or that a record of it is damaged: not a torn end, so nothing was dropped.
	ErrCorrupt = errors.New("journal is corrupt")
	// ErrLocked means that another process has the journal open.
	ErrLocked = errors.New("journal is in use by another process")
	// ErrClosed is what Wait returns for a record appended after Close.
	ErrClosed = errors.New("journal is closed")
	// ErrTooLarge means that a record was empty or over 64 MiB.
	ErrTooLarge = errors.New("journal record is empty or too large")
)

// Journal is an open journal. It is safe for concurrent use, but Replay belongs before the first Append.
type Journal struct {
	path string // empty: memory mode
	lock *os.File
	cut  Cut

	mu       sync.Mutex
	work     sync.Cond // something for the writer, or room for Append
	done     sync.Cond // written, tried, flushing or err changed
	file     storage
	pending  []byte
	spare    []byte
	appended uint64
	written  uint64
	// tried is the last record of a write that failed with failure. Both count until a later write succeeds.
	tried   uint64
	failure error
	writes  uint64
	size    int64
	// err ends the journal.
	err      error
	flushing bool
	// paused stops the writer while the file is replaced, at the end of a compaction.
	paused     bool
	compacting bool
	closed     bool
	stopped    chan struct{}
}

// storage is a file as the journal needs it.
type storage interface {
	io.ReaderAt
	io.Writer
	io.Seeker
	io.Closer
	Truncate(size int64) error
	Sync() error
}

// Cut says what Open cut off the journal.
type Cut struct {
	// Bytes is the length of the torn end, 0 if there was none; At is the length of what is left.
	Bytes, At int64
	// Kept is the path of the file that has the torn end.
	Kept string
}

// Open opens or creates the journal at path (mode 0600) and checks every record. It moves a torn end into a file beside the
// journal, see [Journal.Cut]. An empty path means memory mode: Append and Wait succeed at once and nothing is kept.
func Open(path string) (*Journal, error) {
	j := &Journal{path: path, stopped: make(chan struct{})}
	j.work.L, j.done.L = &j.mu, &j.mu
	if path == "" {
		close(j.stopped)
		return j, nil
	}

	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}

	j.lock = lock
	_ = os.Remove(path + newSuffix)

	f, cut, err := openFile(path)
	if err != nil {
		return nil, errors.Join(err, unlockFile(lock))
	}

	j.file = f
	j.cut = cut
	j.size = cut.At

	go j.write()

	return j, nil
}

// Cut says what Open cut off.
func (j *Journal) Cut() Cut { return j.cut }

// Append queues a copy of rec (1 byte to 64 MiB) and returns its number for Wait. Records reach the file in the order
// of the calls. It waits only while more than 64 MiB are queued.
func (j *Journal) Append(rec []byte) uint64 { return j.appendRecord(nil, rec) }

func (j *Journal) appendRecord(prefix, rec []byte) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()

	for len(j.pending) > maxPending && j.err == nil && !j.closed {
		j.done.Wait()
	}

	j.appended++
	switch n := len(prefix) + len(rec); {
	case j.err != nil:
	case j.closed:
		j.fail(ErrClosed)
	case n == 0 || n > maxRecord:
		j.fail(ErrTooLarge)
	case j.path == "":
		j.written = j.appended
	default:
		j.pending = encode(j.pending, prefix, rec)
		j.work.Signal()
	}

	return j.appended
}

// fail poisons the journal. Call with mu held.
func (j *Journal) fail(err error) {
	j.err = err
	j.done.Broadcast()
	j.work.Signal()
}

// Wait returns nil once record seq and all before it are durable. If writing them fails, such as on a full disk, it returns that
// failure: whether they will be durable is then open, since the next Append has them written again, before its own record.
func (j *Journal) Wait(seq uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()

	for j.written < seq && j.tried < seq && j.err == nil {
		j.done.Wait()
	}

	switch {
	case j.err != nil:
		return j.err
	case j.written < seq:
		return j.failure
	default:
		return nil
	}
}

// write is the writer goroutine.
func (j *Journal) write() {
	defer close(j.stopped)

	j.mu.Lock()
	defer j.mu.Unlock()

	for {
		for (len(j.pending) == 0 || j.paused || j.tried == j.appended) && j.err == nil && !j.closed {
			j.work.Wait()
		}

		if j.err != nil || len(j.pending) == 0 {
			return
		}
		j.mu.Unlock()

		runtime.Gosched() // those about to append join this group

		j.mu.Lock()
		if j.paused || j.err != nil {
			continue
		}

		buf, upto, f, size := j.pending, j.appended, j.file, j.size
		j.pending, j.flushing = j.spare[:0], true
		j.mu.Unlock()

		err := writeAt(f, buf, size)

		j.mu.Lock()
		j.flushing = false
		j.writes++
		j.settle(buf, upto, err)

		if j.closed && err != nil {
			j.fail(err)
		}
	}
}

// settle notes how the write of the records up to upto ended. What failed is kept for the next write. Call with mu held.
func (j *Journal) settle(buf []byte, upto uint64, err error) {
	defer j.done.Broadcast()

	if err != nil {
		j.spare = nil
		j.pending = append(buf, j.pending...)
		j.tried = upto
		j.failure = fmt.Errorf("write journal: %w", err)

		if len(j.pending) > maxPending {
			j.fail(j.failure)
		}

		return
	}

	j.size += int64(len(buf))
	j.written = upto
	j.failure = nil
	j.tried = 0

	j.spare = nil
	if cap(buf) <= maxSpare {
		j.spare = buf
	}
}

// writeAt appends buf to a file that is sound up to size. If that fails, it cuts off what was written of it.
func writeAt(f storage, buf []byte, size int64) error {
	n, err := f.Write(buf)
	if err == nil {
		return nil
	}
	if n == 0 {
		return err
	}

	_, sought := f.Seek(size, io.SeekStart)

	return errors.Join(err, f.Truncate(size), sought)
}

// maxSpare is the largest buffer kept for the next group.
const maxSpare = 4 << 20

// Stats are counters since Open and the size of the file.
type Stats struct {
	// Records counts the calls of Append, Writes the calls of write(2) that carried them.
	Records, Writes uint64
	// Size is the length of the file in bytes.
	Size int64
}

// Stats returns the counters.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()
	return Stats{Records: j.appended, Writes: j.writes, Size: j.size}
}

// Close writes what is queued, syncs the file to the disk and gives up the lock. Later Appends fail at their Wait.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		<-j.stopped
		return nil
	}

	for j.compacting {
		j.done.Wait()
	}

	j.closed = true
	j.work.Signal()
	j.mu.Unlock()

	<-j.stopped
	if j.path == "" {
		return nil
	}

	j.mu.Lock()
	defer j.mu.Unlock()

	err := j.err
	if errors.Is(err, ErrClosed) {
		err = nil
	}

	return errors.Join(err, j.file.Sync(), j.file.Close(), unlockFile(j.lock))
}

// Service is the part of a journal that belongs to one service: each of its records carries the service's byte first.
type Service struct {
	j      *Journal
	prefix [1]byte
}

// Service returns the view that puts b before every record.
func (j *Journal) Service(b byte) *Service { return &Service{j: j, prefix: [1]byte{b}} }

// Append queues the service byte and a copy of rec as one record; see [Journal.Append].
func (s *Service) Append(rec []byte) uint64 { return s.j.appendRecord(s.prefix[:], rec) }

// Wait is [Journal.Wait].
func (s *Service) Wait(seq uint64) error { return s.j.Wait(seq) }
