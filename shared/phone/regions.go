package phone

import "strings"

// region says how numbers of one country are written at home.
type region struct {
	code   string // calling code
	length int    // digits of a national mobile number; 0 where they vary
	keeps0 bool   // a leading zero is part of the number, not a trunk prefix
	trunk  string // the trunk prefix where it is not 0
	after  int    // digits that follow that trunk prefix
}

// callingCodes are the country calling codes of ITU-T E.164 with the ISO 3166 regions that use them. A line of text
// instead of a map: nothing is built at process start.
const callingCodes = "" +
	" 1:US,CA,AG,AI,AS,BB,BM,BS,DM,DO,GD,GU,JM,KN,KY,LC,MP,MS,PR,SX,TC,TT,VC,VG,VI" +
	" 20:EG 211:SS 212:MA,EH 213:DZ 216:TN 218:LY 220:GM 221:SN 222:MR 223:ML 224:GN 225:CI 226:BF 227:NE 228:TG 229:BJ" +
	" 230:MU 231:LR 232:SL 233:GH 234:NG 235:TD 236:CF 237:CM 238:CV 239:ST 240:GQ 241:GA 242:CG 243:CD 244:AO 245:GW" +
	" 246:IO 247:AC 248:SC 249:SD 250:RW 251:ET 252:SO 253:DJ 254:KE 255:TZ 256:UG 257:BI 258:MZ 260:ZM 261:MG 262:RE,YT" +
	" 263:ZW 264:NA 265:MW 266:LS 267:BW 268:SZ 269:KM 27:ZA 290:SH,TA 291:ER 297:AW 298:FO 299:GL" +
	" 30:GR 31:NL 32:BE 33:FR 34:ES 350:GI 351:PT 352:LU 353:IE 354:IS 355:AL 356:MT 357:CY 358:FI,AX 359:BG 36:HU" +
	" 370:LT 371:LV 372:EE 373:MD 374:AM 375:BY 376:AD 377:MC 378:SM 380:UA 381:RS 382:ME 383:XK 385:HR 386:SI 387:BA" +
	" 389:MK 39:IT,VA 40:RO 41:CH 420:CZ 421:SK 423:LI 43:AT 44:GB,GG,IM,JE 45:DK 46:SE 47:NO,SJ 48:PL 49:DE" +
	" 500:FK 501:BZ 502:GT 503:SV 504:HN 505:NI 506:CR 507:PA 508:PM 509:HT 51:PE 52:MX 53:CU 54:AR 55:BR 56:CL 57:CO" +
	" 58:VE 590:GP,BL,MF 591:BO 592:GY 593:EC 594:GF 595:PY 596:MQ 597:SR 598:UY 599:CW,BQ" +
	" 60:MY 61:AU,CX,CC 62:ID 63:PH 64:NZ 65:SG 66:TH 670:TL 672:NF 673:BN 674:NR 675:PG 676:TO 677:SB 678:VU 679:FJ" +
	" 680:PW 681:WF 682:CK 683:NU 685:WS 686:KI 687:NC 688:TV 689:PF 690:TK 691:FM 692:MH" +
	" 7:RU,KZ 81:JP 82:KR 84:VN 850:KP 852:HK 853:MO 855:KH 856:LA 86:CN 880:BD 886:TW" +
	" 90:TR 91:IN 92:PK 93:AF 94:LK 95:MM 960:MV 961:LB 962:JO 963:SY 964:IQ 965:KW 966:SA 967:YE 968:OM 970:PS 971:AE" +
	" 972:IL 973:BH 974:QA 975:BT 976:MN 977:NP 98:IR 992:TJ 993:TM 994:AZ 995:GE 996:KG 998:UZ"

// mobileLengths are the lengths of mobile numbers where Indian brands ship to most; elsewhere the length is not checked.
const mobileLengths = ` US10 CA10 GB10 AE9 SA9 SG8 AU9 NP10 BD10 LK9 QA8 OM8 KW8 BH8 FR9 HK8 `

// keepZero are regions whose national numbers may really begin with zero.
const keepZero = " IT SM VA CI CG GA BJ "

// lookup finds the region of an ISO code in any case.
func lookup(iso string) (region, bool) {
	iso = strings.ToUpper(strings.TrimSpace(iso))
	if len(iso) != 2 || !isLetter(iso[0]) || !isLetter(iso[1]) {
		return region{}, false
	}

	at := indexISO(iso)
	if at < 0 {
		return region{}, false
	}

	colon := strings.LastIndexByte(callingCodes[:at], ':')
	start := strings.LastIndexByte(callingCodes[:colon], ' ') + 1
	r := region{code: callingCodes[start:colon], keeps0: strings.Contains(keepZero, " "+iso+" ")}
	r.trunk, r.after = trunkOf(iso)
	if _, rest, ok := strings.Cut(mobileLengths, " "+iso); ok {
		digits, _, _ := strings.Cut(rest, " ")
		for _, d := range digits {
			r.length = r.length*10 + int(d-'0')
		}
	}

	return r, true
}

// trunkOf returns the trunk prefix of a region where it is not 0, and how many digits follow it.
func trunkOf(iso string) (prefix string, after int) {
	switch iso {
	case "RU", "KZ":
		return "8", 10
	case "TM":
		return "8", 8
	case "BY":
		return "80", 9
	case "HU":
		return "06", 9
	default:
		return "", 0
	}
}

// indexISO is where the code stands in callingCodes, after its colon or comma.
func indexISO(iso string) int {
	if at := strings.Index(callingCodes, ":"+iso); at >= 0 {
		return at + 1
	}
	if at := strings.Index(callingCodes, ","+iso); at >= 0 {
		return at + 1
	}

	return -1
}

// callingCode is the calling code that digits begin with. No code is the beginning of another, so at most one fits.
func callingCode(digits string) string {
	if strings.HasPrefix(digits, "91") {
		return "91" // nearly all of them
	}

	for n := min(3, len(digits)); n > 0; n-- {
		if strings.Contains(callingCodes, " "+digits[:n]+":") {
			return digits[:n]
		}
	}

	return ""
}

// Countries returns the ISO 3166 codes of the countries that share the number's calling code, the largest first; none of the zero Number.
func (n Number) Countries() []string {
	_, rest, ok := strings.Cut(callingCodes, " "+callingCode(n.digits)+":")
	if !ok {
		return nil
	}

	countries, _, _ := strings.Cut(rest, " ")

	return strings.Split(countries, ",")
}

// isIndianWithTrunk reports whether digits are an Indian number with the zero of calls within the country after its calling code: no
// other number begins so.
func isIndianWithTrunk(digits string) bool {
	return len(digits) == 13 && strings.HasPrefix(digits, "910")
}

// withoutTrunk returns a whole number without the zero of calls within the country that is written after the calling code, as in
// "+44 (0)7700 900123".
func withoutTrunk(digits string) string {
	code := callingCode(digits)
	national, trunk := strings.CutPrefix(digits[len(code):], "0")

	if code == "" || !trunk || keepsZero(code) {
		return digits
	}

	return code + national
}

// keepsZero reports whether the national numbers of a calling code may really begin with zero.
func keepsZero(code string) bool {
	for iso := range strings.FieldsSeq(keepZero) {
		if r, _ := lookup(iso); r.code == code {
			return true
		}
	}

	return false
}

// landlines are how area codes of four digits in India begin, and whole numbers of ten digits: New Zealand's, Singapore's, Brunei's,
// Nauru's, Tonga's, Fiji's and Samoa's. In those areas a fifth digit from 2 to 7 makes a landline, and any other a
// mobile number. The tests compare with the metadata of phone numbers.
const landlines = " 642 658 659 673 674 676 679 685 "

// overlaps reports whether ten digits are an Indian landline and a whole number of another country at once.
func overlaps(national string) bool {
	return national[4] >= '2' && national[4] <= '7' && strings.Contains(landlines, " "+national[:3]+" ")
}

// toInternational puts the calling code before a number as it is written at home. A number that has it already, only
// without a plus, is recognised by its length.
func (r region) toInternational(digits string) string {
	if rest, ok := strings.CutPrefix(digits, r.trunk); ok && r.trunk != "" && len(rest) == r.after {
		return r.code + rest
	}
	if digits[0] == '0' && !r.keeps0 {
		return r.code + digits[1:]
	}

	rest, has := strings.CutPrefix(digits, r.code)
	if !r.keeps0 {
		rest = strings.TrimPrefix(rest, "0")
	}

	switch {
	case r.length > 0 && len(digits) == r.length:
		return r.code + digits
	case has && (len(rest) == r.length || r.length == 0 && len(rest) >= 8):
		return r.code + rest
	default:
		return r.code + digits
	}
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' }
