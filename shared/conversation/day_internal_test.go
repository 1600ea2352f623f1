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

// TestReadDayInWords reads what goes with a day in a sentence. The present is Wednesday 9 December 2026.
func TestReadDayInWords(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, time.December, 9, 16, 0, 0, 0, time.FixedZone("IST", 19800))
	for want, texts := range map[string][]string{
		"2026-12-14": {
			"14dec", "14Dec", "14 12 2026", "14 12 26", "14.12.26", "2026 12 14", "१४ दिसंबर", "१४/१२", "১৪/১২/২০২৬", "௧௪ dec", "14 दिसम्बर", "14दिसंबर", "14 12",
			"14 th dec", "14thdec2026", "dec14", "14 tareekh", "14 tarikh ko", "14 तारीख को", "14 tarik", "date: 14/12", "14-12 ko bhejna",
			"Somvaar", "somwar ko", "sombar", "सोमवार को भेजना", "मंडे", "Monday, 14th", "monday 14/12", "Mon (14 dec)", "14 disambar", "14 decmber", "14 दिसंबर, सोमवार",
			"14 dec after 5 pm", "14 dec 5pm", "14 dec 10 am", "14 dec before 6:30 p.m.", "14 dec 5-7 pm", "14 dec between 5 and 7 pm", "14 dec 5 baje ke baad", "14/12 17:30",
			"14 दिसंबर शाम 5 बजे के बाद", "14 dec in the morning", "14 dec shaam ko", "14 dec please 🙏", "Please deliver on 14", "14 ko bhej dena", "monday ko bhej dijiye",
			"I want it on 14 Dec", "send on monday please", "5 days later", "after 5 days", "in 5 days", "5 din baad", "५ दिन बाद", "paanch din ke baad", "पाँच दिन बाद", "5 days from now",
			"is somvar", "agle somvar ko", "14 dec 2026 anytime",
		},
		"2026-12-10": {"tom", "tmrw morning", "2moro", "kal subah", "कल शाम को", "kal bhej dena", "tomorrow 10 dec", "Thursday, tomorrow", "ek din baad", "after a day", "guruvaar", "veervar", "बृहस्पतिवार", "kal 5 baje ke baad"},
		"2026-12-11": {"2 din baad", "after 2 days", "in two days", "do din baad", "day after tomorrow evening", "the day after tomorrow", "a day after tomorrow", "parson ko", "shukravaar", "sukrawar", "11"},
		"2026-12-12": {"shanivaar", "shaniwar", "शनिवार", "शनि", "SAT", "teen din baad", "12th", "12 th"},
		"2026-12-13": {"इतवार", "itwaar", "sunday ko bhejna", "संडे को", "raviwaar", "next Sunday"},
		"2026-12-16": {"after 1 week", "ek hafte baad", "एक हफ्ते बाद", "in a week", "wednesday", "budhvaar"},
		"2027-02-05": {"5 फ़रवरी", "5 farvari", "5 feb 2027"},
		"2027-08-01": {"1 agast", "1 अगस्त"},
		"": {
			"not on 14 dec", "14 ko mat", "14 nahi", "14 dec nahi chalega", "don't come on monday", "except monday", "no, 14 dec is bad", "14 dec ❌",
			"14 or 15", "14, 15 dec", "10 12 dec", "14 dec and 15 dec", "14 & 15", "monday or tuesday", "monday tuesday", "kal ya parso", "kal parso", "today or tomorrow", "10 11", "10-11", "14 15",
			"14-15 dec", "10 - 12 dec", "dec 10-12", "14 to 16 dec", "14 dec to 16", "14 dec - 16 dec", "14 se 16 dec", "monday to friday", "mon-fri", "between 14 and 16 dec",
			"after monday", "before 14 dec", "from 14 dec", "kal se", "after tomorrow", "kal ke baad", "1 day after tomorrow", "within 2 days", "2-3 din baad", "2 3 din baad", "after 2 or 3 days",
			"monday 15 dec", "tuesday 14/12", "kal 14 dec", "tomorrow, friday", "tomorrow 5",
			"2 pieces", "14 rs", "₹14", "Rs. 14", "2 kg", "14 rupees", "x2", "2 chahiye", "I want 2", "send 2", "2 bhej do", "2 days", "2 din", "2 parcels", "14,500", "order 14",
			"saat", "saat ko", "5 pm", "17:30", "subah", "soon", "sometime", "today", "aaj", "this week", "next week", "weekend", "month end", "any day", "in 2 hours", "dec", "dec 2026", "14 2026", "may",
			"who are you", "14 dec call me", "kal kyu nahi aaye", "kal aaya tha kya", "12 13 2026", "0", "00", "32 dec", "31 nov", "moon", "24 gate",
		},
	} {
		for _, text := range texts {
			got, ok := readDay(text, now)
			if ok != (want != "") || ok && got != want {
				t.Errorf("%q: got %q, %v, want %q", text, got, ok, want)
			}
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
