package blank_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/blank"
)

func TestBlanks(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		r         rune
		is, space bool
	}{
		"space":                   {' ', true, true},
		"tab":                     {'\t', true, true},
		"no_break_space":          {'\u00a0', true, true},
		"line_separator":          {'\u2028', true, true},
		"hangul_filler":           {'\u3164', true, true},
		"half_width_filler":       {'\uffa0', true, true},
		"first_consonant_filler":  {'\u115f', true, true},
		"vowel_filler":            {'\u1160', true, true},
		"braille_without_dots":    {'\u2800', true, true},
		"null_note_head":          {'\U0001d159', true, true},
		"nul":                     {'\x00', true, false},
		"zero_width_space":        {'\u200b', true, false},
		"joiner":                  {'\u200d', true, false},
		"byte_order_mark":         {'\ufeff', true, false},
		"grapheme_joiner":         {'\u034f', true, false},
		"inherent_vowel":          {'\u17b4', true, false},
		"emoji_variant":           {'\ufe0f', true, false},
		"mongolian_variant":       {'\u180b', true, false},
		"supplementary_variant":   {'\U000e0100', true, false},
		"tag":                     {'\U000e0041', true, false},
		"letter":                  {'a', false, false},
		"hangul":                  {'가', false, false},
		"braille_with_a_dot":      {'\u2801', false, false},
		"vowel_sign":              {'\u093e', false, false},
		"digit":                   {'7', false, false},
		"full_stop":               {'.', false, false},
		"replacement_of_bad_utf8": {'\ufffd', false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if is, space := blank.Is(c.r), blank.IsSpace(c.r); is != c.is || space != c.space {
				t.Errorf("%U: got %v and %v, want %v and %v", c.r, is, space, c.is, c.space)
			}
		})
	}
}

func TestControls(t *testing.T) {
	t.Parallel()
	for r, want := range map[rune]bool{
		'\x00': true, '\n': true, '\x7f': true, '\u0085': true, '\u202a': true, '\u202e': true, '\u2066': true, '\u2069': true,
		' ': false, 'a': false, 'ब': false, '\u200d': false, '\u200e': false, '\u2029': false, '\u202f': false, '\u206a': false,
	} {
		if got := blank.IsControl(r); got != want {
			t.Errorf("%U: got %t", r, got)
		}
	}
}
