package customers

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

const (
	// maxRecord is the most bytes of one row. What is longer has a quotation mark that nothing closes, and would be read to the file's end.
	maxRecord = 32 << 10
	// maxHeader is the most bytes before the first row: the first line, and the line "sep=;" that Excel writes before it.
	maxHeader = 8 << 10
	// unread is what a CSV reader may take at once beyond the record that it returns.
	unread = 4 << 10
)

// table reads the rows of a file with customers, one at a time. It keeps one row in memory, whatever the file has.
//
// The file is CSV in UTF-8: fields with a comma, semicolon or tab between, whichever the first line has, and that line names the columns. A
// byte order mark, Windows line ends and quoted fields are understood.
type table struct {
	limit   *limited
	csv     *csv.Reader
	columns []column
	// last is the line of the row that was read last.
	last int
	// end is the error that ended the reading.
	end error
}

// sheetRecord is one row of a sheet.
type sheetRecord struct {
	// Row is the line of the file on which the row begins; the line with the names is usually 1.
	Row int
	// fields are the row's, by column.
	fields map[column]string
	// wrong is why the row cannot be read; empty if it can.
	wrong string
}

// limited is a reader that refuses to be read further than a budget.
type limited struct {
	from io.Reader
	left int
}

// errLong means that a record is too long.
var errLong = errors.New("the record is too long")

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLong
	}

	n, err := l.from.Read(p[:min(len(p), l.left)])
	l.left -= n

	return n, err
}

// newTable reads the line with the names of the columns. The error is Invalid, and says what is wrong with that line.
func newTable(from io.Reader) (*table, error) {
	l := &limited{from: from, left: maxHeader}
	buffered := bufio.NewReaderSize(l, unread)

	if err := skipMark(buffered); err != nil {
		return nil, err
	}

	first, skipped, err := firstLine(buffered)
	if err != nil {
		return nil, err
	}

	separator := separatorOf(first)

	columns, err := columnsOf(first, separator)
	if err != nil {
		return nil, err
	}

	// The line is read a second time, so that lines are counted as the file has them.
	l.left += maxRecord
	r := csv.NewReader(io.MultiReader(strings.NewReader(strings.Repeat("\n", skipped)+first+"\n"), buffered))
	r.Comma = separator
	r.FieldsPerRecord = -1
	r.ReuseRecord = true

	if _, err = r.Read(); err != nil {
		return nil, header("cannot be read: " + wordsOf(err))
	}

	return &table{
		limit:   l,
		csv:     r,
		columns: columns,
		last:    skipped + 1,
	}, nil
}

// header is the error for a first line that is no line of names.
func header(msg string) error { return fault.Field("header", msg) }

// skipMark passes over a byte order mark, and refuses the one of a file that is not in UTF-8.
func skipMark(r *bufio.Reader) error {
	mark, err := r.Peek(len("\xEF\xBB\xBF"))
	switch {
	case len(mark) == 0 && errors.Is(err, io.EOF):
		return header("is missing: the file is empty")
	case len(mark) == 0:
		return err
	case bytes.HasPrefix(mark, []byte("\xFF\xFE")), bytes.HasPrefix(mark, []byte("\xFE\xFF")):
		return header(`is in UTF-16; save the file as "CSV UTF-8"`)
	case bytes.HasPrefix(mark, []byte("PK")):
		return header(`is no text: this is a workbook or a zip file; save it as "CSV UTF-8"`)
	case string(mark) == "\xEF\xBB\xBF":
		_, err = r.Discard(len(mark))
		return err
	}

	return nil
}

// firstLine returns the line with the names, without its end, and how many lines were before it: empty ones, and Excel's "sep=;".
func firstLine(r *bufio.Reader) (line string, skipped int, err error) {
	for {
		line, err = r.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			if errors.Is(err, errLong) {
				err = header("is longer than a line with the names of columns can be")
			}

			return "", 0, err
		}

		text := strings.TrimRight(line, "\r\n")

		switch {
		case strings.ContainsRune(text, '\r'):
			return "", 0, header("has line ends of old Macintosh files; save the file with those of Windows or Unix")
		case !utf8.ValidString(text):
			return "", 0, header(`is not in UTF-8; save the file as "CSV UTF-8"`)
		case strings.TrimSpace(text) != "" && !isSeparatorLine(text):
			return text, skipped, nil
		case err != nil:
			return "", 0, header("is missing: the file is empty")
		}

		skipped++
	}
}

// isSeparatorLine reports whether a line is the one by which Excel says what stands between fields.
func isSeparatorLine(line string) bool {
	return len(line) == len("sep=;") && strings.EqualFold(line[:len("sep=")], "sep=")
}

// separatorOf returns what stands between the fields of a line: what is there most often.
func separatorOf(line string) rune {
	return slices.MaxFunc([]rune{'\t', ';', ','}, func(a, b rune) int {
		return strings.Count(line, string(a)) - strings.Count(line, string(b))
	})
}

// Next returns the next row. The error is io.EOF after the last one. Any other error ends the reading: the row that it is about is the one of
// the record, and all rows before it were returned.
func (s *table) Next() (sheetRecord, error) {
	for s.end == nil {
		s.limit.left = max(s.limit.left, maxRecord)

		fields, err := s.csv.Read()

		r, skip := s.record(fields, err)
		if s.end != nil {
			return r, s.end
		}
		if !skip {
			return r, nil
		}
	}

	return sheetRecord{}, s.end
}

// record returns what was read; skip is true of a row in which all fields are empty.
func (s *table) record(fields []string, err error) (r sheetRecord, skip bool) {
	broken, isBroken := errors.AsType[*csv.ParseError](err)

	switch {
	case isBroken:
		// The reader goes on with the line after the one where it noticed.
		s.last = broken.Line
		return sheetRecord{Row: broken.StartLine, wrong: wordsOf(err) + swallowed(broken.StartLine, broken.Line)}, false
	case errors.Is(err, errLong):
		s.end = fault.Field("row", fmt.Sprintf("at line %d is longer than %d bytes; most likely a quotation mark is not closed: "+
			"correct that line or take it out, and send the file again", s.last+1, maxRecord))
		return sheetRecord{Row: s.last + 1}, false
	case err != nil:
		s.end = err
		return sheetRecord{Row: s.last + 1}, false
	}

	r.Row, _ = s.csv.FieldPos(0)
	s.last, _ = s.csv.FieldPos(len(fields) - 1)
	s.last += strings.Count(fields[len(fields)-1], "\n")

	blank := func(f string) bool { return strings.TrimSpace(f) == "" }

	switch {
	case !slices.ContainsFunc(fields, func(f string) bool { return !blank(f) }):
		return r, true
	case s.last > r.Row:
		r.wrong = "has a field with a line end in it; most likely a quotation mark is not closed" + swallowed(r.Row, s.last)
		return r, false
	case len(fields) != len(s.columns):
		r.wrong = fmt.Sprintf("has %d fields, and the header has %d", len(fields), len(s.columns))
		return r, false
	case slices.ContainsFunc(fields, func(f string) bool { return !utf8.ValidString(f) }):
		r.wrong = `is not in UTF-8; save the file as "CSV UTF-8"`
		return r, false
	}

	r.fields = make(map[column]string, len(fields))
	for i, f := range fields {
		r.fields[s.columns[i]] = strings.Clone(strings.TrimSpace(f))
	}

	return r, false
}

// swallowed says which lines belong to a row that has more than one: whatever customers they name are not read.
func swallowed(from, to int) string {
	if to <= from {
		return ""
	}

	return fmt.Sprintf("; the lines %d to %d are not read", from, to)
}

// wordsOf says what is wrong with a row, without anything of what it holds.
func wordsOf(err error) string {
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return "has a quotation mark in a field that does not begin with one"
	case errors.Is(err, csv.ErrQuote):
		return "has a quotation mark that is not closed, or more text after a closing one"
	default:
		return "cannot be read"
	}
}
