//! The closed list of what can be found, how bad it is, and how an acknowledgement says it.

use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Noted; no acknowledgement tells it.
    Warning,
    /// The set is accepted with errors.
    Error,
    /// The set (or the group, or the interchange, wherever the finding belongs) is refused.
    Refusal,
}

/// Where an acknowledgement reports a finding, and under which code: X12's, or for what only EDIFACT has, 0085's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// No acknowledgement tells it.
    Nowhere,
    /// The envelope: TA105.
    Interchange(u8),
    /// AK905; `None` where X12 has no code for it.
    Group(Option<u8>),
    /// The set: AK502.
    Set(u8),
    /// A segment of a set: AK304.
    Segment(u8),
    /// An element of a segment: AK403.
    Element(u8),
}

macro_rules! codes {
    ($($variant:ident $text:literal $severity:ident $answer:expr, $rule:literal;)*) => {
        /// What was found. The text form, as by `Display`, is stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $text, "`: ", $rule, ".")] $variant,)*
        }

        impl Code {
            /// All codes, in the order of what they are about.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The text form, which stays the same in all versions.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// How bad it is unless a partner's guide says otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// How acknowledgements report it.
            pub fn answer(self) -> Answer {
                use Answer::*;
                match self { $(Self::$variant => $answer,)* }
            }

            /// The code with this text form.
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// The rule that was broken, in words.
            pub fn rule(self) -> &'static str {
                match self { $(Self::$variant => $rule,)* }
            }
        }
    };
}

codes! {
    // No interchange
    Empty "EMPTY" Refusal Nowhere, "a body has at least one octet";
    NotEdi "NOT_EDI" Refusal Nowhere, "an interchange begins with ISA, UNA or UNB";
    IsaUnreadable "ISA_UNREADABLE" Refusal Nowhere, "an ISA has sixteen elements and a terminator";

    // Interchange: TA1
    LeadingOctets "LEADING_OCTETS" Warning Nowhere, "nothing stands before ISA, UNA or UNB; a byte order mark or blanks were skipped";
    IsaWrapped "ISA_WRAPPED" Warning Nowhere, "an ISA stands in one line; line ends inside of it were ignored";
    LinesWrapped "LINES_WRAPPED" Warning Nowhere, "segments are not cut into lines of one length; such lines were joined";
    InterchangeTooLarge "INTERCHANGE_TOO_LARGE" Refusal Interchange(24), "an interchange is no larger than the limit";
    TooManySets "TOO_MANY_SETS" Refusal Interchange(24), "an interchange has no more sets than the limit";
    SegmentTooLong "SEGMENT_TOO_LONG" Refusal Interchange(4), "a segment ends within a mebioctet";
    IsaWidth "ISA_WIDTH" Refusal Interchange(22), "an ISA has 106 octets, each element at its fixed place";
    TerminatorInvalid "TERMINATOR_INVALID" Refusal Interchange(4), "the segment terminator is no letter, digit or blank, and differs from the separators";
    ElementSeparatorInvalid "ELEMENT_SEPARATOR_INVALID" Refusal Interchange(26), "the element separator is no letter, digit or blank";
    ComponentSeparatorInvalid "COMPONENT_SEPARATOR_INVALID" Refusal Interchange(27), "ISA16 is no letter, digit or blank, and differs from the element separator";
    AuthorizationQualifier "ISA_AUTHORIZATION_QUALIFIER" Error Interchange(10), "ISA01 is two letters or digits";
    SecurityQualifier "ISA_SECURITY_QUALIFIER" Error Interchange(12), "ISA03 is two letters or digits";
    SenderQualifier "ISA_SENDER_QUALIFIER" Error Interchange(5), "ISA05 is two letters or digits";
    SenderMissing "ISA_SENDER_MISSING" Refusal Interchange(6), "ISA06 names the sender";
    ReceiverQualifier "ISA_RECEIVER_QUALIFIER" Error Interchange(7), "ISA07 is two letters or digits";
    ReceiverMissing "ISA_RECEIVER_MISSING" Refusal Interchange(8), "ISA08 names the receiver";
    IsaDate "ISA_DATE" Error Interchange(14), "ISA09 is a date, YYMMDD";
    IsaTime "ISA_TIME" Error Interchange(15), "ISA10 is a time, HHMM";
    IsaStandard "ISA_STANDARD" Error Interchange(16), "ISA11 is U, or from 00402 on a repetition separator";
    IsaVersion "ISA_VERSION" Error Interchange(17), "ISA12 is five digits";
    IsaControl "ISA_CONTROL" Refusal Interchange(18), "ISA13 is nine digits";
    AcknowledgementRequest "ISA_ACKNOWLEDGEMENT_REQUEST" Error Interchange(19), "ISA14 is 0 or 1";
    UsageIndicator "ISA_USAGE" Refusal Interchange(20), "ISA15 is P, T or I";
    IeaMissing "IEA_MISSING" Refusal Interchange(23), "an interchange ends with IEA";
    IeaControl "IEA_CONTROL_MISMATCH" Refusal Interchange(1), "IEA02 repeats ISA13";
    IeaControlShort "IEA_CONTROL_SHORT" Warning Nowhere, "IEA02 has nine digits; fewer of the same number were taken";
    Ta1Misplaced "TA1_MISPLACED" Error Interchange(24), "a TA1 stands before the first group";
    SegmentIndented "SEGMENT_INDENTED" Refusal Interchange(4), "a segment's id stands right behind the terminator or a line end; nothing more was read";
    GroupCount "GROUP_COUNT_MISMATCH" Refusal Interchange(21), "IEA01 is the number of groups";
    GroupCountOfTa1 "GROUP_COUNT_OF_TA1" Warning Nowhere, "IEA01 is 0 where there is only a TA1";
    NoContent "NO_CONTENT" Refusal Interchange(24), "an interchange holds a group or a TA1";
    OutsideGroup "SEGMENT_OUTSIDE_GROUP" Refusal Interchange(24), "between ISA and IEA, outside of groups, there is only TA1";
    GroupTypeInvalid "GROUP_TYPE_INVALID" Refusal Interchange(24), "GS01 is two letters or digits";
    SecondInterchange "SECOND_INTERCHANGE" Refusal Interchange(22), "a body holds one interchange";
    TrailingSegments "TRAILING_SEGMENTS" Refusal Interchange(22), "nothing stands after IEA or UNZ";
    TrailingOctets "TRAILING_OCTETS" Warning Nowhere, "nothing stands after IEA or UNZ; control octets were ignored";
    Unterminated "UNTERMINATED" Warning Nowhere, "the last segment ends with the terminator, too";
    EmptySegment "EMPTY_SEGMENT" Warning Nowhere, "no two terminators follow each other";
    FindingsLimit "FINDINGS_LIMIT" Warning Nowhere, "there are more findings than were kept; each set's verdict still stands";

    // EDIFACT's interchange: the error codes of UCI 0085
    UnaUnreadable "UNA_UNREADABLE" Refusal Interchange(22), "a UNA has nine octets and declares delimiters that can serve";
    UnbMissing "UNB_MISSING" Refusal Interchange(13), "an EDIFACT interchange begins with UNB";
    UnbSyntax "UNB_SYNTAX" Refusal Interchange(14), "S001 names a repertoire and a syntax version of 1 to 4";
    UnbSender "UNB_SENDER_MISSING" Refusal Interchange(13), "S002 names the sender";
    UnbReceiver "UNB_RECEIVER_MISSING" Refusal Interchange(13), "S003 names the receiver";
    UnbDate "UNB_DATE" Error Interchange(12), "S004 is a date and a time that exist";
    UnbControl "UNB_CONTROL" Refusal Interchange(13), "UNB 0020 has one to fourteen characters";
    UnzMissing "UNZ_MISSING" Refusal Interchange(13), "an interchange ends with UNZ";
    UnzControl "UNZ_CONTROL_MISMATCH" Refusal Interchange(28), "UNZ 0020 repeats UNB 0020";
    UnzCount "UNZ_COUNT_MISMATCH" Refusal Interchange(29), "UNZ 0036 is the number of groups, or of messages where there are no groups";
    InterchangeEmpty "INTERCHANGE_EMPTY" Refusal Interchange(32), "an interchange holds a message";
    GroupsMixed "GROUPS_MIXED" Refusal Interchange(30), "messages stand either all in groups or all outside";
    OutsideMessage "SEGMENT_OUTSIDE_MESSAGE" Refusal Interchange(33), "a segment stands in a message";
    DanglingRelease "DANGLING_RELEASE" Refusal Interchange(21), "a release character releases a character";
    UneMissing "UNE_MISSING" Refusal Group(Some(13)), "a group ends with UNE";
    UneControl "UNE_CONTROL_MISMATCH" Refusal Group(Some(28)), "UNE 0048 repeats UNG 0048";
    UneCount "UNE_COUNT_MISMATCH" Refusal Group(Some(29)), "UNE 0060 is the number of messages";
    UngControl "UNG_CONTROL" Refusal Group(Some(13)), "UNG 0048 has one to fourteen characters";
    DuplicateGroupReference "DUPLICATE_GROUP_REFERENCE" Refusal Group(Some(26)), "no two groups have the same UNG 0048";
    UntMissing "UNT_MISSING" Refusal Set(13), "a message ends with UNT";
    UntControl "UNT_CONTROL_MISMATCH" Refusal Set(28), "UNT 0062 repeats UNH 0062";
    UntCount "UNT_COUNT_MISMATCH" Refusal Set(29), "UNT 0074 is the number of segments from UNH to UNT";
    UnhControl "UNH_CONTROL" Refusal Set(13), "UNH 0062 has one to fourteen characters";
    DuplicateMessageReference "DUPLICATE_MESSAGE_REFERENCE" Refusal Set(26), "no two messages have the same UNH 0062";
    MessageUnsupported "MESSAGE_UNSUPPORTED" Refusal Set(14), "S009 names a message and a directory that are taken here";

    // Group: AK905
    GroupUnsupported "GROUP_UNSUPPORTED" Refusal Group(Some(1)), "GS01 names a kind of group that is taken here";
    GroupVersion "GROUP_VERSION_UNSUPPORTED" Refusal Group(Some(2)), "GS08 names a version that is taken here";
    GeMissing "GE_MISSING" Refusal Group(Some(3)), "a group ends with GE";
    GeControl "GE_CONTROL_MISMATCH" Refusal Group(Some(4)), "GE02 repeats GS06";
    SetCount "SET_COUNT_MISMATCH" Refusal Group(Some(5)), "GE01 is the number of sets";
    GroupControlInvalid "GROUP_CONTROL_INVALID" Refusal Group(Some(6)), "GS06 is one to nine digits";
    DuplicateGroupControl "DUPLICATE_GROUP_CONTROL" Refusal Group(Some(6)), "no two groups of an interchange have the same GS06";
    GroupEmpty "GROUP_EMPTY" Refusal Group(None), "a group holds a set";
    OutsideSet "SEGMENT_OUTSIDE_SET" Refusal Group(None), "in a group, outside of sets, there is nothing";
    GroupAddress "GROUP_ADDRESS_MISSING" Error Group(None), "GS02 and GS03 name sender and receiver";
    GroupDate "GROUP_DATE" Error Group(None), "GS04 is a date, YYYYMMDD";
    GroupTime "GROUP_TIME" Error Group(None), "GS05 is a time, HHMM to HHMMSSDD";
    GroupAgency "GROUP_AGENCY" Error Group(None), "GS07 is X or T";

    // Set: AK502
    SetUnsupported "SET_UNSUPPORTED" Refusal Set(1), "ST01 names a message that is taken here";
    SeMissing "SE_MISSING" Refusal Set(2), "a set ends with SE";
    SeControl "SE_CONTROL_MISMATCH" Refusal Set(3), "SE02 repeats ST02";
    SegmentCount "SEGMENT_COUNT_MISMATCH" Refusal Set(4), "SE01 is the number of segments from ST to SE";
    SetIdInvalid "SET_ID_INVALID" Refusal Set(6), "ST01 is three letters or digits";
    SetNotInGroup "SET_NOT_IN_GROUP" Refusal Set(6), "a set belongs to its group's kind, such as 856 to SH";
    SetControlInvalid "SET_CONTROL_INVALID" Refusal Set(7), "ST02 is one to nine letters and digits";
    SetControlShort "SET_CONTROL_SHORT" Error Set(7), "ST02 has at least four places";
    TooManyErrors "TOO_MANY_ERRORS" Refusal Set(5), "a set has no more than 10,000 errors";
    DuplicateSetControl "DUPLICATE_SET_CONTROL" Refusal Set(23), "no two sets of a group have the same ST02";

    // Segment: AK304
    UnknownSegment "UNKNOWN_SEGMENT" Refusal Segment(1), "a segment's id is one of X12's";
    UnexpectedSegment "UNEXPECTED_SEGMENT" Error Segment(2), "a segment stands in a loop that has it";
    SegmentMissing "SEGMENT_MISSING" Refusal Segment(3), "a mandatory segment is there";
    LoopTooOften "LOOP_TOO_OFTEN" Error Segment(4), "a loop occurs no more often than its maximum";
    SegmentTooOften "SEGMENT_TOO_OFTEN" Error Segment(5), "a segment occurs no more often than its maximum";
    SegmentNotInSet "SEGMENT_NOT_IN_SET" Error Segment(6), "a segment is one of its message's";
    SegmentOutOfOrder "SEGMENT_OUT_OF_ORDER" Error Segment(7), "segments come in the message's order";

    // Element: AK403
    ElementMissing "ELEMENT_MISSING" Refusal Element(1), "a mandatory element is there";
    ConditionMissing "CONDITION_MISSING" Error Element(2), "an element is there when another one asks for it";
    TooManyElements "TOO_MANY_ELEMENTS" Error Element(3), "a segment has no more elements than its definition";
    TooManyComponents "TOO_MANY_COMPONENTS" Error Element(3), "an element has no more components than its definition";
    TooManyRepetitions "TOO_MANY_REPETITIONS" Error Element(3), "an element is repeated no more often than its definition";
    TooShort "TOO_SHORT" Error Element(4), "an element is no shorter than its minimum";
    TooLong "TOO_LONG" Error Element(5), "an element is no longer than its maximum";
    InvalidCharacter "INVALID_CHARACTER" Error Element(6), "an element has only characters of its type";
    ControlOctet "CONTROL_OCTET" Error Element(6), "text holds no control octets";
    NulOctet "NUL_OCTET" Refusal Element(6), "no text holds a NUL, at which some readers end it";
    CharacterSet "CHARACTER_SET" Error Element(6), "text holds only characters of the set that is declared or agreed";
    LeadingZeros "LEADING_ZEROS" Error Element(6), "a count has no leading zeros";
    CardNumber "CARD_NUMBER" Refusal Element(6), "no text holds a payment card number";
    InvalidCode "INVALID_CODE" Error Element(7), "a code is one of those in use";
    NegativeWeight "NEGATIVE_WEIGHT" Error Element(6), "a weight is not below zero";
    SsccCheckDigit "SSCC_CHECK_DIGIT" Warning Nowhere, "an SSCC's last digit is the check digit of the others";
    InvalidDate "INVALID_DATE" Error Element(8), "a date exists";
    InvalidTime "INVALID_TIME" Error Element(9), "a time exists";
    Exclusion "EXCLUSION" Error Element(10), "of elements that exclude each other there is one";
    HlNumber "HL_NUMBER" Error Element(7), "HL01 counts from 1 without gaps; told once a set";
    HlDuplicate "HL_DUPLICATE" Refusal Element(7), "no two HLs of a set have the same HL01";
    HlParent "HL_PARENT" Refusal Element(7), "HL02 names an earlier HL; only a shipment has none";
    HlLevel "HL_LEVEL" Refusal Element(7), "HL03 is a level that may stand below its parent's";
    HlChild "HL_CHILD" Error Element(7), "HL04 says whether HLs follow below";
    HlCount "HL_COUNT_MISMATCH" Refusal Element(7), "CTT01 is the number of HLs";
    HashTotal "HASH_TOTAL_MISMATCH" Error Element(7), "CTT02 is the sum of all SN102";
    TrailingSeparators "TRAILING_SEPARATORS" Warning Nowhere, "no empty elements stand at a segment's end";
    RequiredByPartner "REQUIRED_BY_PARTNER" Error Segment(3), "a segment that this partner has to send is there";
    DuplicateManifest "DUPLICATE_MANIFEST" Refusal Element(7), "a manifest number is used once; corrections say replace, change or cancel";
}

impl Code {
    /// Always refused, whatever a partner is granted: what is cut off, what cannot be told apart, and card numbers.
    pub fn is_fixed(self) -> bool {
        use Code::*;
        matches!(
            self,
            Empty
                | NotEdi
                | IsaUnreadable
                | UnaUnreadable
                | UnbMissing
                | InterchangeTooLarge
                | TooManySets
                | TooManyErrors
                | SegmentTooLong
                | IeaMissing
                | GeMissing
                | SeMissing
                | UnzMissing
                | UneMissing
                | UntMissing
                | DanglingRelease
                | CardNumber
                | DuplicateManifest
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
