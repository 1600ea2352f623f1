package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// The file is magic, then records: length (uint32, little endian), CRC-32C of the payload (uint32), payload.
const (
	magic     = "LCJRNL01"
	headerLen = 8
	maxRecord = 64 << 20
	readerBuf = 1 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode appends the record made of prefix and rec to b.
func encode(b, prefix, rec []byte) []byte {
	sum := crc32.Update(crc32.Update(0, castagnoli, prefix), castagnoli, rec)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(prefix)+len(rec))) //nolint:gosec // G115: at most maxRecord
	b = binary.LittleEndian.AppendUint32(b, sum)
	return append(append(b, prefix...), rec...)
}

// openFile opens the journal for appending at its first sound end and returns its length.
func openFile(path string) (*os.File, int64, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // G304: the caller chooses where its state lives
	if err != nil {
		return nil, 0, fmt.Errorf("open journal: %w", err)
	}

	end, err := prepare(f)
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}

	if err != nil {
		return nil, 0, fmt.Errorf("open journal: %w", errors.Join(err, f.Close()))
	}

	return f, end, nil
}

// prepare writes the magic into a new file and cuts a torn end off an old one.
func prepare(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() < int64(len(magic)) { // new, or killed while it was being created
		if err = f.Truncate(0); err == nil {
			_, err = f.WriteAt([]byte(magic), 0)
		}
		return int64(len(magic)), err
	}

	end, err := scan(f, info.Size(), func([]byte) error { return nil })
	if err == nil && end < info.Size() {
		err = f.Truncate(end)
	}

	return end, err
}

// scan calls do with every sound record of the first size bytes of r and returns where the sound part ends. A damaged
// record is a torn end if it reaches the end of the file, or if only zeros follow (a file extended before a crash).
func scan(r io.ReaderAt, size int64, do func(rec []byte) error) (int64, error) {
	in := bufio.NewReaderSize(io.NewSectionReader(r, 0, size), readerBuf)
	head := make([]byte, headerLen)
	if _, err := io.ReadFull(in, head); err != nil {
		return 0, err
	}
	if string(head) != magic {
		return 0, fmt.Errorf("%w: not a journal of this version", ErrCorrupt)
	}

	end := int64(len(magic))
	for {
		if size-end < headerLen {
			return end, nil
		}
		if _, err := io.ReadFull(in, head); err != nil {
			return 0, err
		}

		n := int64(binary.LittleEndian.Uint32(head))
		if end+headerLen+n > size {
			return end, nil
		}
		if n == 0 || n > maxRecord {
			return end, torn(in, end)
		}

		rec := make([]byte, n)
		if _, err := io.ReadFull(in, rec); err != nil {
			return 0, err
		}
		if crc32.Checksum(rec, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
			return end, torn(in, end)
		}
		if err := do(rec); err != nil {
			return 0, err
		}

		end += headerLen + n
	}
}

// torn reports nil if nothing or only zeros are left.
func torn(in *bufio.Reader, at int64) error {
	for {
		b, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if b != 0 {
			return fmt.Errorf("%w at byte %d", ErrCorrupt, at)
		}
	}
}

// Replay calls do with every record that was in the file at Open, in order; rec is do's to keep. It stops at do's first
// error. Call it before the first Append.
func (j *Journal) Replay(do func(rec []byte) error) error {
	if j.path == "" {
		return nil
	}

	j.mu.Lock()
	file, size := j.file, j.size
	j.mu.Unlock()
	if _, err := scan(file, size, do); err != nil {
		return fmt.Errorf("replay journal: %w", err)
	}

	return nil
}

// Compact replaces the file, atomically, by the records that snapshot emits, followed by every record appended since
// Compact began. Appends go on during it, and Waits last until it is done. So a record may be both in the snapshot's state
// and after it: records must be absolute, such that replaying a stretch of them, in order, onto a state that already
// contains it leads to that state again. If it fails, the old file stays. In memory mode it does nothing.
func (j *Journal) Compact(snapshot func(emit func(rec []byte) error) error) error {
	if j.path == "" {
		return nil
	}
	if err := j.pause(); err != nil {
		return err
	}

	file, size, err := writeSnapshot(j.path, snapshot)

	j.mu.Lock()
	defer j.mu.Unlock()

	old := j.file
	if err == nil {
		j.file, j.size = file, size
	}

	j.paused = false
	j.work.Signal()
	j.done.Broadcast()
	if err != nil {
		return fmt.Errorf("compact journal: %w", err)
	}

	return old.Close()
}

// pause stops the writer between two groups.
func (j *Journal) pause() error {
	j.mu.Lock()
	defer j.mu.Unlock()

	for j.paused {
		j.done.Wait()
	}

	if j.closed {
		return ErrClosed
	}

	j.paused = true
	j.done.Broadcast() // releases an Append that waits for room: the snapshot may need its caller's lock

	for j.flushing {
		j.done.Wait()
	}

	if j.err != nil {
		j.paused = false
		j.done.Broadcast()
	}

	return j.err
}

// writeSnapshot writes the new file beside the old one and renames it into place.
func writeSnapshot(path string, snapshot func(emit func(rec []byte) error) error) (_ *os.File, size int64, err error) {
	f, err := os.OpenFile(path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // G304: beside the journal
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(path+".new"))
		}
	}()

	out := bufio.NewWriterSize(f, readerBuf)
	size = int64(len(magic))
	if _, err = out.WriteString(magic); err != nil {
		return nil, 0, err
	}

	var buf []byte
	err = snapshot(func(rec []byte) error {
		if len(rec) == 0 || len(rec) > maxRecord {
			return ErrTooLarge
		}

		buf = encode(buf[:0], nil, rec)
		size += int64(len(buf))
		_, werr := out.Write(buf)

		return werr
	})
	if err != nil {
		return nil, 0, err
	}
	if err = out.Flush(); err != nil {
		return nil, 0, err
	}
	if err = f.Sync(); err != nil {
		return nil, 0, err
	}
	if err = os.Rename(path+".new", path); err != nil {
		return nil, 0, err
	}

	// From here the new file is the journal; a directory that cannot be synced only matters on loss of power.
	if dir, derr := os.Open(filepath.Dir(path)); derr == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}

	return f, size, nil
}
