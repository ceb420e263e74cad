//! What to do about a finding, in plain words, where its rule does not say it already.

use edi::Code;

/// Empty where the rule says it all.
pub fn of(code: Code) -> &'static str {
    use Code::*;
    match code {
        Empty | NotEdi | IsaUnreadable | UnaUnreadable | UnbMissing => {
            "look whether it is the right file, sent as binary; nothing may stand before ISA, UNA or UNB"
        }
        LeadingOctets | TrailingOctets | TrailingSegments => {
            "send the interchange alone, from its header to its trailer"
        }
        LinesWrapped => "end each line behind a segment's terminator, or write no line ends",
        IsaWrapped | IsaWidth => "write the ISA in one line of 106 characters, each element filled with blanks",
        TerminatorInvalid | ElementSeparatorInvalid | ComponentSeparatorInvalid => {
            "choose three different delimiters that no value contains, such as * > ~"
        }
        InterchangeTooLarge | TooManySets | SegmentTooLong => "split it into several interchanges",
        SenderMissing | ReceiverMissing | UnbSender | UnbReceiver => "name the id that was agreed with the partner",
        IeaControl | GeControl | SeControl | UnzControl | UneControl | UntControl => {
            "repeat the number of the header in the trailer"
        }
        GroupCount | SetCount | SegmentCount | UnzCount | UneCount | UntCount | HlCount | HashTotal => {
            "count again once everything else is in its place"
        }
        IeaMissing | GeMissing | SeMissing | UnzMissing | UneMissing | UntMissing => {
            "look whether the file was cut off, or a terminator is missing before it"
        }
        DuplicateGroupControl | DuplicateSetControl | DuplicateGroupReference | DuplicateMessageReference => {
            "give each its own control number"
        }
        GroupUnsupported | SetUnsupported | MessageUnsupported | SetNotInGroup => {
            "send a message that announces parcels: 856 in SH, 215 in UP"
        }
        GroupVersion => "send version 004010, 004060 or 005010",
        UnknownSegment => "look for a delimiter inside a value in the segment before, or lower case",
        UnexpectedSegment | SegmentOutOfOrder => "move it to its place in the message's order",
        SegmentNotInSet => "leave it out, or use the message's own segment for it",
        SegmentMissing | RequiredByPartner => "add the segment that is named",
        SegmentTooOften | LoopTooOften | TooManyErrors => "look for a loop that repeats itself",
        ElementMissing | ConditionMissing => "fill in the element, or leave out what asks for it",
        TooManyElements | TooManyComponents | TooManyRepetitions => "look for a delimiter inside a value",
        NegativeWeight => "write the weight without a minus",
        SsccCheckDigit => "compare the number with the label: a digit is wrong",
        TooLong | TooShort => "bring the value to the length that is allowed",
        InvalidCharacter | ControlOctet | NulOctet | CharacterSet => {
            "replace the characters; numbers have only digits, - and ."
        }
        CardNumber => "take the card number out; it must not be sent here at all",
        InvalidCode => "use a code of the list that was agreed",
        InvalidDate | IsaDate | GroupDate | UnbDate => "write a date that exists, as YYYYMMDD (in an ISA YYMMDD)",
        InvalidTime | IsaTime | GroupTime => "write a time as HHMM, 0000 to 2359",
        HlNumber | HlDuplicate | HlParent | HlLevel | HlChild => {
            "give each HL a number of its own and the number of the HL above it"
        }
        DuplicateManifest => "use a new manifest number, or say replace, change or cancel",
        SegmentIndented => "send the file without blanks before segment ids",
        Ta1Misplaced => "send the TA1 before the first GS, or in an interchange of its own",
        IeaControlShort => "write the nine digits of ISA13",
        TrailingSeparators | LeadingZeros => "leave them out",
        FindingsLimit => "mend the first ones and check again",
        _ => "",
    }
}
