package conversation

import (
	"strings"
	"time"
	"unicode"
)

// The words with which people in India name a day, in English, in Hindi and in the spellings of Hindi in Latin letters, as [spelled] has
// them.

// relative are words for days from today on.
var relative = spellings(map[int]string{
	1: "tomorrow tomarow tomoro tom tmrw tmr tmrow kal कल टुमारो",
	2: "parso parson परसों परसो",
})

// weekdays leave out the short names that people bear, such as Ravi.
var weekdays = spellings(map[time.Weekday]string{
	time.Monday:    "monday mon somvar sombar सोमवार मंडे",
	time.Tuesday:   "tuesday tue tues tusday mangalvar mangalbar mangal मंगलवार मंगल ट्यूजडे",
	time.Wednesday: "wednesday wed weds wednsday wensday budhvar budhbar budh बुधवार बुध वेडनेसडे",                                            //nolint:misspell // as some write it
	time.Thursday:  "thursday thu thur thurs thrusday guruvar gurvar brihaspativar veervar jumerat गुरुवार गुरूवार बृहस्पतिवार वीरवार थर्सडे", //nolint:misspell // as some write it
	time.Friday:    "friday fri shukravar shukrvar shukarvar sukravar sukrvar shukra juma शुक्रवार शुक्र फ्राइडे",
	time.Saturday:  "saturday sat saterday satarday shanivar sanivar shanichar shani शनिवार शनिचर शनि सैटरडे सटरडे", //nolint:misspell // as some write it
	time.Sunday:    "sunday sun ravivar itvar etvar aitvar रविवार इतवार एतवार संडे",
})

var months = spellings(map[time.Month]string{
	time.January:   "january jan janvari janavari जनवरी",
	time.February:  "february feb febuary feburary farvari faravari pharvari फरवरी", //nolint:misspell // as some write it
	time.March:     "march mar मार्च",
	time.April:     "april apr aprail aprel अप्रैल",
	time.May:       "may mai मई",
	time.June:      "june jun joon जून",
	time.July:      "july jul julai जुलाई",
	time.August:    "august aug agast agust augst अगस्त",
	time.September: "september sep sept sitambar sitamber sitember septmber सितंबर",
	time.October:   "october oct aktubar aktoobar octuber अक्टूबर अक्तूबर",
	time.November:  "november nov navambar navamber novmber नवंबर",
	time.December:  "december dec disambar disamber disember dicember decmber दिसंबर",
})

// counts are the numbers that are written as words before days and weeks, and units how many days those have.
var (
	counts = spellings(map[int]string{
		1: "a one ek एक", 2: "two do दो", 3: "three teen तीन", 4: "four char chaar चार", 5: "five panch paanch पांच", 6: "six che chhe छह छः", 7: "seven saat सात",
	})
	units = spellings(map[int]string{1: "day days din dino dinon दिन दिनों", 7: "week weeks hafta hafte हफ्ता हफ्ते सप्ताह"})
)

// wordKind is what a word does beside naming a day.
type wordKind int

const (
	// neutral words say nothing about the day.
	neutral wordKind = iota + 1
	// marking words say that a number is the day's.
	marking
	// loose words go with a day and with a quantity: "send 2" names no day.
	loose
	// ordinal ends stand behind the number of a day.
	ordinal
	// beforeHours, beforeDays and behindDays are for times of the day, and for a number of days.
	beforeHours
	beforeDays
	behindDays
	// behindHours follow an hour, dayPart are parts of a day, between are what stands between two hours.
	behindHours
	dayPart
	between
	// behind words end "5 baje ke baad" and "2 din ke baad", of the words before them.
	behind
	joining
)

// kinds has each kind's words. A word may be of several kinds.
var kinds = map[wordKind]map[string]bool{
	neutral: wordSet("next this coming the of a an please pls plz plzz kindly sir madam mam maam ji thanks thank you u thankyou thx ok okay yes haan ha hi hello " +
		"deliver delivery to is it tak तक any anytime agle agla aane wale for जी प्लीज कृपया धन्यवाद अगले"),
	marking: wordSet("on by ko को date dated dt tarikh tareekh tarik tareek dinank तारीख दिनांक"),
	loose: wordSet("make do de dena dedo dijiye send bring come give want need i can get bhej bhejna bhejo bhejdo bhejiye bhejen kar karo karna kardo kijiye karen lana lao " +
		"aana aao aaiye aa jana le lena rakho rakhna chahiye chahie भेज भेजना भेजो भेजिए भेजें दो दे देना दें दीजिए कर करो करना करें कीजिए लाना लाओ आना आओ चाहिए"),
	ordinal:     wordSet("st nd rd th वीं वी वां"),
	beforeHours: wordSet("after before by at around in between from till until upto post"),
	beforeDays:  wordSet("after in"),
	behindDays:  wordSet("later hence baad bad बाद"),
	behindHours: wordSet("am pm baje bje oclock बजे"),
	dayPart:     wordSet("morning evening afternoon noon night subah savere sham shaam dopahar dopehar raat सुबह सवेरे शाम दोपहर रात"),
	between:     wordSet("- to and till se से"),
	behind:      wordSet("baad bad pehle pahle tak onwards onward बाद पहले तक"),
	joining:     wordSet("ke k se me mein के से में"),
}

func wordSet(all string) map[string]bool {
	known := map[string]bool{}
	for w := range strings.FieldsSeq(all) {
		known[spelled(w)] = true
	}

	return known
}

// spellings returns what each of the words stands for.
func spellings[V comparable](all map[V]string) map[string]V {
	known := map[string]V{}
	for v, words := range all {
		for w := range strings.FieldsSeq(words) {
			known[spelled(w)] = v
		}
	}

	return known
}

// longWord is from how many letters on a long vowel is taken for a short one: "saat" is seven, and "sat" Saturday.
const longWord = 5

var (
	longVowels = strings.NewReplacer("aa", "a", "ee", "i", "w", "v", "mm", "m", "rr", "r")
	// devanagari has one spelling for what is written in two ways; the letters with a dot below are two characters, or one.
	devanagari = strings.NewReplacer("\u093c", "", "\u0901", "\u0902", "म्ब", "ंब", "\u0958", "क", "\u0959", "ख", "\u095a", "ग", "\u095b", "ज",
		"\u095c", "ड", "\u095d", "ढ", "\u095e", "फ", "\u095f", "य")
)

// spelled returns a word in the one of its usual spellings that the tables have.
func spelled(word string) string {
	word = devanagari.Replace(word)
	if len(word) < longWord {
		return word
	}

	return longVowels.Replace(word)
}

// zeros are the digits 0 of the scripts of India; 1 to 9 follow each.
var zeros = []rune{'०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '۰', '٠', '᱐', '꯰', '０'}

// westernDigit returns a digit as 0 to 9, and any other character as it is.
func westernDigit(r rune) rune {
	if r < unicode.MaxASCII || !unicode.Is(unicode.Nd, r) {
		return r
	}

	for _, zero := range zeros {
		if r >= zero && r <= zero+9 {
			return '0' + r - zero
		}
	}

	return r
}
