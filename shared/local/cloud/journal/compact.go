package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// newSuffix is of the file that shall replace the journal. One that is left behind is of no use.
const newSuffix = ".new"

// syncEvery is how much is written before it has to reach the disk: all at once would hold up the writer for longer.
const syncEvery = 8 << 20

// fewBytes is how much of the journal may be left to copy when the writer is stopped.
const fewBytes = 64 << 10

// Compact replaces the file, atomically, by the records that snapshot emits, followed by every record appended since
// Compact began. Appends and Waits go on during it, but for the moment in which the files change places. So a record may be both
// in the snapshot's state and after it: records must be such that replaying a stretch of them, in order, onto a state that
// already contains it leads to that state again. If it fails or the process dies, the old file stays. In memory mode it does
// nothing.
func (j *Journal) Compact(snapshot func(emit func(rec []byte) error) error) error {
	if j.path == "" {
		return nil
	}

	from, err := j.beginCompaction()
	if err != nil {
		return err
	}

	defer j.endCompaction()

	c, err := j.writeSnapshot(from, snapshot)
	if err == nil {
		err = j.replace(c)
	}

	if err != nil {
		return fmt.Errorf("compact journal: %w", err)
	}

	// The new file is the journal now; a directory that cannot be synced only matters on loss of power.
	if dir, derr := os.Open(filepath.Dir(j.path)); derr == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}

	return c.old.Close()
}

// beginCompaction waits for its turn and returns where the records begin that a snapshot taken from now on may lack.
func (j *Journal) beginCompaction() (from int64, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()

	for j.compacting {
		j.done.Wait()
	}

	switch {
	case j.closed:
		return 0, ErrClosed
	case j.err != nil:
		return 0, j.err
	}

	j.compacting = true

	return j.size, nil
}

func (j *Journal) endCompaction() {
	j.mu.Lock()
	defer j.mu.Unlock()

	j.compacting = false
	j.done.Broadcast()
}

// compacted is the file that shall replace the journal. It stands beside it until then.
type compacted struct {
	file *os.File
	out  *bufio.Writer
	buf  []byte
	old  storage
	// size is how long the file is, synced how much of it the disk had when last asked, and from where that begins in the old
	// file which is still to copy.
	size, synced, from int64
}

// discard removes a file that shall not replace the journal after all.
func (c *compacted) discard(err error) error {
	return errors.Join(err, c.file.Close(), os.Remove(c.file.Name()))
}

func (c *compacted) write(b []byte) error {
	n, err := c.out.Write(b)
	c.size += int64(n)

	return err
}

// emit writes a record.
func (c *compacted) emit(rec []byte) error {
	if len(rec) == 0 || len(rec) > maxRecord {
		return ErrTooLarge
	}

	c.buf = encode(c.buf[:0], nil, rec)

	runtime.Gosched() // who waits for an answer goes first

	if err := c.write(c.buf); err != nil {
		return err
	}
	if c.size-c.synced < syncEvery {
		return nil
	}

	c.synced = c.size

	return errors.Join(c.out.Flush(), c.file.Sync())
}

// copyTo copies the records of the old file up to the byte at end.
func (c *compacted) copyTo(end int64) error {
	n, err := io.Copy(c.out, io.NewSectionReader(c.old, c.from, end-c.from))
	c.from += n
	c.size += n

	return errors.Join(err, c.out.Flush())
}

// writeSnapshot writes the new file beside the old one, with nearly all that was appended meanwhile, and has it reach the disk.
func (j *Journal) writeSnapshot(from int64, snapshot func(emit func(rec []byte) error) error) (*compacted, error) {
	f, err := os.OpenFile(j.path+newSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}

	c := &compacted{
		file: f,
		out:  bufio.NewWriterSize(f, readerBuf),
		old:  j.file, // only a compaction replaces it
		from: from,
	}
	if err = errors.Join(c.write([]byte(magic)), snapshot(c.emit), c.copyTo(j.Stats().Size), f.Sync()); err != nil {
		return nil, c.discard(err)
	}

	for end := j.Stats().Size; end-c.from > fewBytes; end = j.Stats().Size {
		if err = c.copyTo(end); err != nil {
			return nil, c.discard(err)
		}
	}

	return c, nil
}

// replace stops the writer between two groups, copies what is left, and makes the new file the journal.
func (j *Journal) replace(c *compacted) error {
	j.mu.Lock()
	defer j.mu.Unlock()

	j.paused = true
	for j.flushing {
		j.done.Wait()
	}

	j.paused = false // nothing is written before the lock is given up
	j.work.Signal()

	err := errors.Join(j.err, c.copyTo(j.size))
	if err == nil {
		err = os.Rename(c.file.Name(), j.path)
	}

	if err != nil {
		return c.discard(err)
	}

	j.file, j.size = c.file, c.size

	return nil
}
