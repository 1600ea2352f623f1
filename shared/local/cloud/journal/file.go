package journal

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
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

// openFile opens the journal for appending at its first sound end, and says what it cut off behind that.
func openFile(path string) (*os.File, Cut, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // G304: the caller chooses where its state lives
	if err != nil {
		return nil, Cut{}, fmt.Errorf("open journal: %w", err)
	}

	cut, err := prepare(f)
	if err == nil {
		_, err = f.Seek(cut.At, io.SeekStart)
	}

	if err != nil {
		return nil, Cut{}, fmt.Errorf("open journal: %w", errors.Join(err, f.Close()))
	}

	return f, cut, nil
}

// prepare writes the magic into a new file and cuts a torn end off an old one.
func prepare(f *os.File) (Cut, error) {
	info, err := f.Stat()
	if err != nil {
		return Cut{}, err
	}

	switch size := info.Size(); {
	case size == 0:
		_, err = f.WriteAt([]byte(magic), 0)
		return Cut{At: int64(len(magic))}, err
	case size < int64(len(magic)):
		return Cut{}, fmt.Errorf("%w: it has %d bytes, too few for a journal", ErrCorrupt, size)
	}

	end, err := scan(f, info.Size(), func([]byte) error { return nil })
	if err != nil || end == info.Size() {
		return Cut{At: end}, err
	}

	return cutOff(f, end, info.Size())
}

// cutOff moves what lies between end and size into a file beside the journal.
func cutOff(f *os.File, end, size int64) (Cut, error) {
	kept, err := os.CreateTemp(filepath.Dir(f.Name()), fmt.Sprintf("%s.cut-at-%d-*", filepath.Base(f.Name()), end))
	if err != nil {
		return Cut{}, err
	}

	_, err = io.Copy(kept, io.NewSectionReader(f, end, size-end))
	if err = errors.Join(err, kept.Close()); err != nil {
		return Cut{}, err
	}

	return Cut{
		Bytes: size - end,
		At:    end,
		Kept:  kept.Name(),
	}, f.Truncate(end)
}

// scan calls do with every sound record of the first size bytes of r and returns where the sound part ends. What follows is a
// torn end if a write that was cut short can have left it, see [torn], and else ErrCorrupt.
func scan(r io.ReaderAt, size int64, do func(rec []byte) error) (int64, error) {
	in := bufio.NewReaderSize(io.NewSectionReader(r, 0, size), readerBuf)
	head := make([]byte, headerLen)
	if _, err := io.ReadFull(in, head); err != nil {
		return 0, err
	}
	if string(head) != magic {
		return 0, fmt.Errorf("%w: not a journal of this version", ErrCorrupt)
	}

	var rec []byte

	end := int64(len(magic))
	for size-end >= headerLen {
		if _, err := io.ReadFull(in, head); err != nil {
			return 0, err
		}

		n := int64(binary.LittleEndian.Uint32(head))
		if n == 0 || n > maxRecord || end+headerLen+n > size {
			return end, torn(r, end, size)
		}

		rec = slices.Grow(rec[:0], int(n))[:n]
		if _, err := io.ReadFull(in, rec); err != nil {
			return 0, err
		}
		if crc32.Checksum(rec, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
			return end, torn(r, end, size)
		}
		if err := do(rec); err != nil {
			return 0, err
		}

		end += headerLen + n
	}

	return end, nil
}

// torn reports nil if the bytes from at to size can be a torn end: zeros (a file extended before a crash), or the beginning of
// records that were written at once, of which the first is not whole. They cannot if a length is none that is ever written,
// or if a record is whole, behind them or with another length than its own: then that length is damaged.
func torn(r io.ReaderAt, at, size int64) error {
	rest := make([]byte, size-at)
	if _, err := r.ReadAt(rest, at); err != nil && !errors.Is(err, io.EOF) {
		return err
	}

	content := bytes.TrimRight(rest, "\x00")
	if len(content) == 0 {
		return nil
	}

	n := int64(binary.LittleEndian.Uint32(rest))
	whole := headerLen+n <= int64(len(rest))
	if n == 0 || n > maxRecord || whole && headerLen+n < int64(len(content)) || holdsRecord(rest) {
		return fmt.Errorf("%w at byte %d", ErrCorrupt, at)
	}

	return nil
}

// holdsRecord reports whether a sound record lies in what follows the header of a damaged one, or whether all that follows is
// the damaged one's payload.
func holdsRecord(rest []byte) bool {
	if crc32.Checksum(rest[headerLen:], castagnoli) == binary.LittleEndian.Uint32(rest[4:]) {
		return true
	}

	budget := int64(maxSearched)
	for i := 1; i+headerLen < len(rest); i++ {
		n := int64(binary.LittleEndian.Uint32(rest[i:]))
		if n == 0 || n > int64(len(rest)-i-headerLen) {
			continue
		}
		if budget -= n; budget < 0 {
			return true // cannot be ruled out
		}

		payload := rest[i+headerLen:][:n]
		if crc32.Checksum(payload, castagnoli) == binary.LittleEndian.Uint32(rest[i+4:]) {
			return true
		}
	}

	return false
}

// maxSearched is how many bytes of possible records are looked at behind a damaged one.
const maxSearched = 4 << 30

// Replay calls do with every record that was in the file at Open, in order. It stops at do's first
// error. rec is valid only during the call. Call Replay before the first Append.
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
