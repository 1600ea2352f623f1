package conversation

import (
	"testing"
	"time"
)

// TestReadDay reads days as people write them in India. The present is Sunday 29 November 2026.
func TestReadDay(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, time.November, 29, 16, 0, 0, 0, time.FixedZone("IST", 19800))
	for text, want := range map[string]string{
		"tomorrow": "2026-11-30", "Tomorrow!": "2026-11-30", "tmrw": "2026-11-30", "tom" + "morow": "2026-11-30", "tom" + "morrow": "2026-11-30", "kal": "2026-11-30", "कल": "2026-11-30", "kal ko": "2026-11-30",
		"Tomorrow evening please": "2026-11-30", "parso": "2026-12-01", "परसों": "2026-12-01", "day after tomorrow": "2026-12-01",
		"on day after tomorrow": "2026-12-01",
		"2026-12-01":            "2026-12-01", "01/12/2026": "2026-12-01", "1-12-26": "2026-12-01", "01.12.2026": "2026-12-01", "1/12": "2026-12-01",
		"1 Dec": "2026-12-01", "1st December": "2026-12-01", "Dec 1": "2026-12-01", "December 1st, 2026": "2026-12-01", "1 dec 26": "2026-12-01",
		"on 1st of December": "2026-12-01", "1 दिसंबर": "2026-12-01", "1-Dec-2026": "2026-12-01", "2": "2026-12-02", "2nd": "2026-12-02",
		"30": "2026-11-30", "5 jan": "2027-01-05", "monday": "2026-11-30", "Mon": "2026-11-30", "sunday": "2026-12-06", "next Friday": "2026-12-04",
		"सोमवार": "2026-11-30", "somvar ko": "2026-11-30", "Tue 1 Dec": "2026-12-01", "Tuesday, 1 December": "2026-12-01",
		"": "", "soon": "", "12/13/2026": "", "31/11": "", "32": "", "0": "", "hello 5 world": "", "may be": "", "not tomorrow": "", "1 2 3 4": "",
		"ORD 12345": "", "call me": "", "9000000001": "", "29 feb": "",
	} {
		got, ok := readDay(text, now)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, ok, want)
		}
	}
}

func TestReadsYesAndNo(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"Yes": "yes", "yes!": "yes", "YES, cancel it.": "yes", "haan ji": "yes", "हाँ": "yes", "👍🏽": "yes", "Ok": "yes",
		"No": "no", "No, send it": "no", "nahi": "no", "नहीं।": "", "Don’t cancel": "no", "no thanks 🙏": "", "maybe": "", "": "", "yes no": "",
	} {
		got := ""
		switch {
		case isYes(text):
			got = "yes"
		case isNo(text):
			got = "no"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestDetails(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]Details{
		"Near the  water tank":  {Landmark: "Near the water tank"},
		"mandir ke paas":        {Landmark: "mandir ke paas"},
		"स्कूल के सामने":        {Landmark: "स्कूल के सामने"},
		"Please ring the bell":  {Notes: "Please ring the bell"},
		"+91 90000 00009":       {Notes: "Other number: +919000000009"},
		"9000000009":            {Notes: "Other number: +919000000009"},
		"call 9000000009 first": {Notes: "call 9000000009 first"},
	} {
		if got := detailsOf(Said{Kind: SaidText, Text: text}); got != want {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
	if got, want := detailsOf(Said{Kind: SaidPlace, Text: "12.97,77.59"}), (Details{Notes: "Location: 12.97,77.59"}); got != want {
		t.Errorf("place: got %+v, want %+v", got, want)
	}
}
