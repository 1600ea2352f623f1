package customers

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// rowsOf reads a whole file, and says of each row what it is: the number's last digits, or what is wrong with which field.
func rowsOf(t *testing.T, file string) []string {
	t.Helper()
	s, err := newTable(strings.NewReader(file))
	if err != nil {
		field, words := fault.Public(err)
		return []string{field + " " + words}
	}
	var all []string
	for {
		r, err := s.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			_, words := fault.Public(err)
			return append(all, fmt.Sprintf("%d: end: %s", r.Row, words))
		}
		one, no := rowOf(r, "811", noon)
		if no != nil {
			all = append(all, strings.TrimSpace(fmt.Sprintf("%d: %s", r.Row, strings.TrimSpace(string(no.field)+" "+no.why))))
			continue
		}
		all = append(all, strings.TrimRight(fmt.Sprintf("%d: %s %s %v %s %s", r.Row, one.number.National(), one.status, one.purposes, one.email, one.name), " "))
	}
}

// TestSheet reads files as brands have them.
func TestSheet(t *testing.T) {
	t.Parallel()
	const all = "phone,email,name,status,purposes,occurredAt,evidence,noticeVersion,noticeHash\n"
	hash := strings.Repeat("a", 64)
	for _, tc := range []struct {
		name, file string
		want       []string
	}{
		{"full", all + "9711166382,m@example.test,Mituj,ACTIVE,order_updates marketing,2026-11-20T10:20:12+05:30,form 12,v1," + hash + "\n", []string{"2: 9711166382 ACTIVE [order_updates marketing] m@example.test Mituj"}},
		{"existing_table", "brand_account_id;contactPhone;customerName;Email;whatsAppStatus\r\n811;97111 66382;Mituj;m@example.test;INACTIVE\r\n812;9711166382;;;\r\n", []string{
			"2: 9711166382 INACTIVE [all] m@example.test Mituj", "3: accountId is not the account that the file is for",
		}},
		{"mark_tabs_sep", "\xEF\xBB\xBFsep=\t\r\nphone\tname\r\n'+91 97111 66382\tA, \"B\"\r\n", []string{"3: has a quotation mark in a field that does not begin with one"}},
		{"mark_tabs", "\xEF\xBB\xBFphone\tname\r\n'+91 97111 66382\tA, B\r\n", []string{"2: 9711166382  []  A, B"}},
		{"sep_line", "sep=;\nphone;name\n9711166382;A\n", []string{"3: 9711166382  []  A"}},
		{"blank_lines", "phone,name\n\n , \n9711166382,A\n\n", []string{"4: 9711166382  []  A"}},
		{"quotes", "phone,name\n\"9711166382\",\"A \"\"B\"\" C\"\n9711166382,A \"B\"\n9711166383,C\n", []string{
			`2: 9711166382  []  A "B" C`, "3: has a quotation mark in a field that does not begin with one", "4: 9711166383  []  C",
		}},
		{"open_quote", "phone,name\n9711166382,\"A\n9711166383,B\n9711166384,C\n", []string{"2: has a quotation mark that is not closed, or more text after a closing one; the lines 2 to 4 are not read"}},
		{"swallowing_quote", "phone,name\n9711166382,\"A\n9711166383,B\"\n9711166384,C\n", []string{"2: has a field with a line end in it; most likely a quotation mark is not closed; the lines 2 to 3 are not read", "4: 9711166384  []  C"}},
		{"too_few_and_many", "phone,name\n9711166382\n9711166382,A,B\n", []string{"2: has 1 fields, and the header has 2", "3: has 3 fields, and the header has 2"}},
		{"latin1", "phone,name\n9711166382,Jos\xe9\n", []string{`2: is not in UTF-8; save the file as "CSV UTF-8"`}},
		{"rounded", "phone\n9.19711E+11\n919711166382.0\n+9,19E+11\n", []string{
			"2: phone was rounded by a spreadsheet, so that digits are lost; format the column as text and fill it once more", "3: 9711166382  []",
			"4: phone was rounded by a spreadsheet, so that digits are lost; format the column as text and fill it once more",
		}},
		{"no_numbers", "phone\nMY.2026abc\nwhatsapp:+919711166382\n=\n\"=9711166382\"\nx\n12345\n+1 202 555 0123\n\"\"\"9711166382\"\"\"\n", []string{
			"2: phone is WhatsApp's id of a person, and not a telephone number; no customer is found by it", "3: phone begins with whatsapp:, as addresses of Twilio do; leave that out",
			"4: phone is a formula; save its value", "5: phone is a formula; save its value",
			"6: phone is no telephone number: write an Indian mobile number, or one that begins with + and the country's code",
			"7: phone is no telephone number: write an Indian mobile number, or one that begins with + and the country's code",
			"8: 2025550123  []", "9: 9711166382  []",
		}},
		{"no_number", "phone,name\n,A\n", []string{"2: phone is empty"}},
		{"status", "phone,status,occurredAt,evidence\n9711166382,yes,,\n9711166382,active,,x12\n9711166382,ACTIVE,2026-11-20,x12\n9711166382,ACTIVE,2026-11-30T00:00:00Z,x12\n" +
			"9711166382,ACTIVE,2006-11-30T00:00:00Z,x12\n9711166382,ACTIVE,2026-11-20T00:00:00Z,\n9711166382,ACTIVE,2026-11-20T00:00:00Z,call 97111 66382\n9711166382,ACTIVE,2026-11-20T00:00:00Z,a@b\n9711166382,ACTIVE,2026-11-20T00:00:00Z,ab\n" +
			"9711166382,INACTIVE,,\n9711166382,,,\n", []string{
			"2: status must be ACTIVE, INACTIVE or empty", "3: occurredAt is missing: of a customer who is ACTIVE the brand must know when the shopper agreed",
			"4: occurredAt must be a time with its zone, such as 2026-11-20T10:20:12+05:30", "5: occurredAt is in the future", "6: occurredAt is before there was WhatsApp",
			"7: evidence is missing: name the brand's own record by which it proves that the shopper agreed",
			"8: evidence must be 3 to 64 letters", "9: evidence must be 3 to 64 letters",
			"10: evidence must be 3 to 64 letters", "11: 9711166382 INACTIVE [all]", "12: 9711166382  []",
		}},
		{"purposes", "phone,status,purposes,occurredAt,evidence\n9711166382,ACTIVE,offers,2026-11-20T00:00:00Z,x12\n9711166382,,marketing,,\n9711166382,INACTIVE,marketing,,\n9711166382,ACTIVE,,2026-11-20T00:00:00Z,x12\n", []string{
			"2: purposes must be order_updates, marketing, or both with a space between", "3: purposes says nothing without a status", "4: 9711166382 INACTIVE [marketing]", "5: 9711166382 ACTIVE [order_updates]",
		}},
		{"notice", all + "9711166382,,,,,,,v1,\n9711166382,,,,,,,v1,abc\n9711166382,,,,,,,9711166382," + hash + "\n", []string{
			"2: noticeVersion and noticeHash must be given together", "3: noticeVersion must come with the SHA-256 of the notice's text, in 64 hex digits, as noticeHash",
			"4: noticeVersion must be one line of at most 100 characters, without a telephone number or an e-mail address",
		}},
		{"contact", "phone,email,name\n9711166382,mail,\n9711166382,a@b@c,\n9711166382,a b@c,\n9711166382,," + strings.Repeat("x", 201) + "\n", []string{
			"2: email is no e-mail address", "3: email is no e-mail address", "4: email is no e-mail address", "5: name must be one line of at most 200 characters",
		}},
		{"empty", "", []string{"header is missing: the file is empty"}},
		{"empty_lines", "\n\r\n", []string{"header is missing: the file is empty"}},
		{"no_header", "9711166382,A\n", []string{"header must name the columns, with a comma, a semicolon or a tab between; the first line names none of phone or contactPhone"}},
		{"one_word", "9711166382\n", []string{"header must name the columns, with a comma, a semicolon or a tab between; the first line names none of phone or contactPhone"}},
		{"unknown_column", "phone,occuredAt\n", []string{"header has a name for column 2 which is none of"}},
		{"twice", "phone,Contact Phone\n", []string{"header has the column phone twice"}},
		{"unnamed", "phone,\n", []string{"header has no name for column 2"}},
		{"no_phone", "email,name\n", []string{"header has no column phone or contactPhone"}},
		{"utf16", "\xFF\xFEp\x00h\x00", []string{`header is in UTF-16; save the file as "CSV UTF-8"`}},
		{"workbook", "PK\x03\x04", []string{"header is no text: this is a workbook or a zip file"}},
		{"macintosh", "phone,name\r9711166382,A\r", []string{"header has line ends of old Macintosh files"}},
		{"latin1_header", "phone,n\xe4me\n", []string{"header is not in UTF-8"}},
		{"quoted_header", "\"phone\",\"name\"\n9711166382,A\n", []string{"2: 9711166382  []  A"}},
		{"broken_header", "\"phone,name\n9711166382,A\n", []string{"header cannot be read: has a quotation mark that is not closed"}},
		{"long_header", strings.Repeat("x", 10_000), []string{"header is longer than a line with the names of columns can be"}},
		{"long_row", "phone,name\n9711166382,A\n9711166383,\"" + strings.Repeat("x\n", 40_000), []string{"2: 9711166382  []  A", "3: end: at line 3 is longer than 32768 bytes; most likely a quotation mark is not closed: correct that line or take it out"}},
		{"last_line_open", "phone\n9711166382", []string{"2: 9711166382  []"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := rowsOf(t, tc.file)
			for i, want := range tc.want {
				if i >= len(got) || !strings.HasPrefix(got[i], want) {
					t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
				}
			}
			if len(got) != len(tc.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
		})
	}
}

// TestHeaderKeepsTheFileToItself has shoppers stand where the names of columns should: no error, which is answered and logged, has anything of them.
func TestHeaderKeepsTheFileToItself(t *testing.T) {
	t.Parallel()
	for _, first := range []string{
		"9711166382", "9711166382,ira@example.test,Ira Sample", "phone,9711166382", "phone;Ira Sample ira@example.test", "phone,name,9711166382,email",
		"9711166382\tphone", "phone,phone,Ira Sample", ",Ira Sample", "Ira Sample,", "\"Ira Sample", "Ira Sam\"ple,9711166382", "\"phone\"Ira Sample,x", "email,Ira Sample",
		strings.Repeat("Ira Sample ira@example.test 9711166382,", 300), "Ira Sample\r9711166382", "Ira Sample\xe4", "sep=9", "sep=;\n9711166382;Ira Sample",
	} {
		_, err := newTable(strings.NewReader(first + "\n9711166382,ira@example.test,Ira Sample\n"))
		if err == nil {
			t.Errorf("%q: got no error", first)
			continue
		}
		for _, personal := range []string{"97111", "Ira", "Sample", "example.test"} {
			if strings.Contains(err.Error(), personal) {
				t.Errorf("%q: got %v", first, err)
			}
		}
	}
}

// counting is a file of rows that is made while it is read, and the most memory that was in use meanwhile.
type counting struct {
	rows, made int
	rest       []byte
}

func (c *counting) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		if c.made == c.rows {
			return 0, io.EOF
		}
		c.made++
		c.rest = fmt.Appendf(nil, "+9197%08d,u%d@example.test,Shopper %d,ACTIVE,order_updates,2026-11-20T10:20:12+05:30,row %d\n", c.made, c.made, c.made, c.made)
		if c.made == 1 {
			c.rest = append([]byte("phone,email,name,status,purposes,occurredAt,evidence\n"), c.rest...)
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]

	return n, nil
}

// TestSheetKeepsOneRow reads 100,000 rows, and never has taken more than a few rows more than it has returned.
func TestSheetKeepsOneRow(t *testing.T) {
	t.Parallel()
	const rows = 100_000
	file := &counting{rows: rows}
	s, err := newTable(file)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= rows; n++ {
		r, err := s.Next()
		if err != nil || r.Row != n+1 {
			t.Fatalf("row %d: got %d, %v", n+1, r.Row, err)
		}
		if ahead := file.made - n; ahead > 200 {
			t.Fatalf("row %d: %d rows were read ahead", r.Row, ahead)
		}
	}
	if _, err := s.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	runtime.KeepAlive(s)
}

// TestSheetPassesErrorsOn ends with the error of the file, at the row that it is about, and says it again.
func TestSheetPassesErrorsOn(t *testing.T) {
	t.Parallel()
	lost := errors.New("lost")
	s, err := newTable(io.MultiReader(strings.NewReader("phone\n9711166382\n9711166383\n"), errReader{lost}))
	if err != nil {
		t.Fatal(err)
	}
	for row := 2; row <= 3; row++ {
		if r, err := s.Next(); err != nil || r.Row != row {
			t.Fatalf("row %d: got %d, %v", row, r.Row, err)
		}
	}
	for range 2 {
		if _, err := s.Next(); !errors.Is(err, lost) {
			t.Errorf("got %v", err)
		}
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// FuzzSheet reads anything: it ends, counts lines upwards, and takes nothing for a row that has no number.
func FuzzSheet(f *testing.F) {
	f.Add([]byte("phone,name,status,occurredAt,evidence\n9711166382,A,ACTIVE,2026-11-20T10:20:12Z,row 1\n"))
	f.Add([]byte("\xEF\xBB\xBFsep=;\r\ncontactPhone;whatsAppStatus\r\n\"9711166382\";INACTIVE\r\n"))
	f.Add([]byte("phone\tname\n9.19E+11\t\"A\n"))
	f.Add([]byte("phone\n\"\"\"\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := newTable(strings.NewReader(string(file)))
		if err != nil {
			return
		}
		last, lines := 1, strings.Count(string(file), "\n")+1
		for n := 0; ; n++ {
			r, err := s.Next()
			if err != nil {
				break
			}
			if r.Row <= last && n > 0 || r.Row > lines || n > lines {
				t.Fatalf("row %d after %d in a file of %d lines", r.Row, last, lines)
			}
			last = r.Row
			one, no := rowOf(r, "811", noon)
			switch {
			case no != nil && no.why == "":
				t.Fatal("wrong without a word")
			case no == nil && (one.number.IsZero() || one.status == consent.Active && (one.occurredAt.IsZero() || one.evidence == "" || len(one.purposes) == 0)):
				t.Fatalf("got %+v", one)
			}
		}
	})
}
