package consent

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	german := Words{Stop: []string{"Abmelden", "HALT "}, Start: []string{"Anmelden", "weiter", "halt"}}
	tests := []struct {
		name  string
		text  string
		extra Words
		want  Keyword
	}{
		{"stop", "STOP", Words{}, Stop},
		{"stop_small", "stop", Words{}, Stop},
		{"stop_all", "Stop All", Words{}, Stop},
		{"stopall", "STOPALL", Words{}, Stop},
		{"unsubscribe", "unsubscribe", Words{}, Stop},
		{"optout", "optout", Words{}, Stop},
		{"opt_out", "Opt out", Words{}, Stop},
		{"opt_dash_out", "OPT-OUT", Words{}, Stop},
		{"opt_long_dash_out", "opt – out", Words{}, Stop},
		{"revoke", "Revoke", Words{}, Stop},
		{"start", "Start", Words{}, Start},
		{"unstop", "UNSTOP", Words{}, Start},
		{"subscribe", "Subscribe", Words{}, Start},
		{"hindi_stop", "बंद", Words{}, Stop},
		{"hindi_stop_now", "बंद करो!", Words{}, Stop},
		{"hindi_danda", "बन्द करें।", Words{}, Stop},
		{"hindi_transliterated", "Band  Karo", Words{}, Stop},
		{"hindi_start", "शुरू करो", Words{}, Start},
		{"hindi_start_transliterated", "shuru karo", Words{}, Start},
		{"postback_stop", StopPostback, Words{}, Stop},
		{"postback_start", StartPostback, Words{}, Start},

		{"full_stop", "Stop.", Words{}, Stop},
		{"shouted", "!!STOP!!", Words{}, Stop},
		{"bold", "*STOP*", Words{}, Stop},
		{"struck", "~stop~", Words{}, Stop},
		{"quoted", "“Stop”", Words{}, Stop},
		{"spaces_and_lines", " \t\n stop \r\n ", Words{}, Stop},
		{"spaces_within", "stop \u00a0\u3000 all", Words{}, Stop},
		{"full_width", "ＳＴＯＰ", Words{}, Stop},
		{"zero_width", "\ufeffst\u200bop\u200e", Words{}, Stop},
		{"hangul_filler", "STOP\u3164", Words{}, Stop},
		{"half_width_filler", "\uffa0STOP", Words{}, Stop},
		{"consonant_filler", "STOP\u115f", Words{}, Stop},
		{"vowel_filler", "\u1160stop\u1160", Words{}, Stop},
		{"grapheme_joiner", "STOP\u034f", Words{}, Stop},
		{"grapheme_joiner_within", "sto\u034fp", Words{}, Stop},
		{"grapheme_joiner_before_a_mark", "बं\u034fद", Words{}, Stop},
		{"braille_without_dots", "STOP\u2800", Words{}, Stop},
		{"null_note_head", "STOP\U0001d159", Words{}, Stop},
		{"tag_and_variant", "ST\U000e0041O\U000e0100P\U000e007f", Words{}, Stop},
		{"mongolian_variant", "STO\u180bP", Words{}, Stop},
		{"khmer_inherent_vowel", "STOP\u17b4", Words{}, Stop},
		{"nul_within", "ST\x00OP", Words{}, Stop},
		{"start_with_filler", "START\u3164", Words{}, Start},
		{"hindi_with_filler_between", "band\u3164karo", Words{}, Stop},
		{"hindi_with_braille_between", "बंद\u2800करो", Words{}, Stop},
		{"own_with_filler", "abmelden\u3164", german, Stop},
		{"own_written_with_filler", "halt", Words{Stop: []string{"halt\u3164"}}, Stop},
		{"only_fillers", "\u3164\u115f\u2800", Words{}, None},
		{"apart_by_fillers", "s\u3164top", Words{}, None},
		{"filler_before_another_word", "stop\u3164please", Words{}, None},
		{"emoji", "STOP 🛑", Words{}, Stop},
		{"emoji_with_selector_and_tone", "✋🏽 stop ⛔\ufe0f", Words{}, Stop},

		{"empty", "", Words{}, None},
		{"blank", " \n", Words{}, None},
		{"only_punctuation", "...!", Words{}, None},
		{"only_emoji", "🛑", Words{}, None},
		{"stop_please", "stop please", Words{}, None},
		{"please_stop", "Please stop", Words{}, None},
		{"dont_stop", "don't stop", Words{}, None},
		{"stop_at_gate", "Stop at gate 2", Words{}, None},
		{"stop_with_number", "stop 1", Words{}, None},
		{"nonstop", "nonstop", Words{}, None},
		{"spelled_out", "s t o p", Words{}, None},
		{"not_utf8", "stop\xff\xfe", Words{}, Stop},
		{"not_utf8_within", "st\xffop", Words{}, None},
		{"shop_is_closed", "band", Words{}, None},

		{"cancel", "CANCEL", Words{}, None},
		{"end", "END", Words{}, None},
		{"quit", "quit", Words{}, None},
		{"yes", "YES", Words{}, None},
		{"no", "no.", Words{}, None},
		{"answers_stay_answers", "Yes!", Words{Start: []string{"yes"}, Stop: []string{"YES"}}, None},

		{"own_stop", "abmelden!", german, Stop},
		{"own_start", "ANMELDEN", german, Start},
		{"own_on_both_lists_stops", "Halt", german, Stop},
		{"own_words_add_to_ours", "stop", german, Stop},
		{"own_word_of_somebody_else", "abmelden", Words{}, None},
		{"our_start_as_own_stop", "start", Words{Stop: []string{"start"}}, Stop},
		{"our_stop_as_own_start", "stop", Words{Start: []string{"stop"}}, Stop},
		{"own_empty_word", "", Words{Stop: []string{""}, Start: []string{" "}}, None},
		{"own_empty_word_and_punctuation", "?", Words{Stop: []string{"", "!"}}, None},
		{"sharp_s", "SCHLUSS", Words{Stop: []string{"Schluß"}}, Stop},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Match(tt.text, tt.extra); got != tt.want {
				t.Errorf("Match(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestWordListsAreDisjoint(t *testing.T) {
	t.Parallel()
	for w := range stopWords {
		if startWords[w] || answerWords[w] {
			t.Errorf("%q is on the stop list and another, want one", w)
		}
	}
	for w := range startWords {
		if answerWords[w] {
			t.Errorf("%q starts and is an answer, want one", w)
		}
	}
	for _, list := range []map[string]bool{stopWords, startWords, answerWords} {
		for w := range list {
			if w == "" || normal(w) != w {
				t.Errorf("%q is not in the normal form %q", w, normal(w))
			}
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range []string{
		"STOP", "start", "बंद करो", "ＳＴＯＰ", "*stop*", "opt-out", "yes", "stop please", "", "\xff", "\u0345", "ﷺ", "⛔\ufe0f stop", "STOP\u3164", "sto\u034fp", "İ", "ſtop",
	} {
		f.Add(s, "Abmelden")
	}
	f.Fuzz(func(t *testing.T, text, own string) {
		got := Match(text, Words{})
		for _, same := range []string{" " + text, text + "\n", "\u200b" + text, "!" + text + "!", "*" + text + "*"} {
			if again := Match(same, Words{}); again != got {
				t.Errorf("Match(%q) = %q, but Match(%q) = %q", same, again, text, got)
			}
		}
		if again := Match(strings.ToUpper(text), Words{}); got != None && again != got {
			t.Errorf("in upper case Match(%q) = %q, want %q", text, again, got)
		}
		if got != None && Match(text+" x", Words{}) != None {
			t.Errorf("Match(%q and more) is a keyword, want the whole message to count", text)
		}
		if once := normal(text); normal(once) != once {
			t.Errorf("normal(%q) = %q, and again %q", text, once, normal(once))
		}
		if with := Match(text, Words{Start: []string{own}}); got == Stop && with != Stop {
			t.Errorf("Match(%q) = %q with %q as an own start, want %q", text, with, own, Stop)
		}
		if Match(own, Words{Stop: []string{own}}) == Start {
			t.Errorf("Match(%q) starts although the account made it a stop", own)
		}
	})
}
