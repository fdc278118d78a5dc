"""Words coded by a vocabulary: what is said, what is denied, what is left unknown. None of these strings is a fixture."""

from __future__ import annotations

import pytest

from flows.coding.phrases import PhraseIndex, tokens_of
from flows.coding.terms import VOCABULARIES, code_terms
from flows.coding.vocabulary import load_vocabulary

# field, text, expected codes in order: `-` absent, `~` not assessed.
SAID: dict[str, list[tuple[str, str]]] = {
    "sex": [
        ("F", "female"),
        ("m", "male"),
        ("Woman", "female"),
        ("girl", "female"),
        ("lady", "female"),
        ("male infant", "male"),
        ("baby boy", "male"),
        ("54-year-old woman", "female"),
        ("Mujer de 54 años", "female"),
        ("F/45", "female"),
        ("45 M", "male"),
        ("♀", "female"),
        ("♂", "male"),
        ("fem.", "female"),
        ("weiblich", "female"),
        ("männlich", "male"),
        ("Frau", "female"),
        ("hombre", "male"),
        ("varón", "male"),
        ("niña", "female"),
        ("femme", "female"),
        ("garçon", "male"),
        ("donna", "female"),
        ("homem", "male"),
        ("gentleman", "male"),
        ("females", "female"),
        ("masculino", "male"),
        ("féminin", "female"),
        ("assigned female at birth", "female"),
        ("ambiguous genitalia", "intersex"),
    ],
    "variant_stated": [
        ("Dystrophic calcinosis cutis", "dystrophic"),
        ("dystrophic calcification", "dystrophic"),
        ("dystrophic calcinosis secondary to systemic sclerosis", "dystrophic"),
        ("DCC", "dystrophic"),
        ("calcinosis distrófica", "dystrophic"),
        ("calcinose dystrophique", "dystrophic"),
        ("probably dystrophic", "dystrophic"),
        ("metastatic calcification", "metastatic"),
        ("metastatic type", "metastatic"),
        ("metastático", "metastatic"),
        ("calcinose métastatique", "metastatic"),
        ("idiopathic type", "idiopathic"),
        ("idiopathisch", "idiopathic"),
        ("no cause found", "idiopathic"),
        ("scrotal calcinosis", "idiopathic"),
        ("idiopathic scrotal calcinosis", "idiopathic"),
        ("subepidermal calcified nodule", "idiopathic"),
        ("iatrogenic calcinosis", "iatrogenic"),
        ("iatrogenic calcinosis cutis due to calcium gluconate extravasation", "iatrogenic"),
        ("calcium gluconate extravasation", "iatrogenic"),
        ("iatrogenic (traumatic)", "traumatic"),
        ("post-traumatic", "traumatic"),
        ("heel-stick calcinosis", "traumatic"),
        ("CUA", "calciphylaxis"),
        ("calcific uremic arteriolopathy", "calciphylaxis"),
        ("Kalziphylaxie", "calciphylaxis"),
        ("calcifilaxis", "calciphylaxis"),
        ("nonuremic calciphylaxis", "calciphylaxis"),
        ("non-uraemic calciphylaxis, warfarin-induced", "calciphylaxis"),
        ("unclassified", "unclassified"),
        ("not calciphylaxis", "-calciphylaxis"),
    ],
    "variant_subtype": [
        ("Idiopathic calcinosis of the scrotum", "scrotal_calcinosis"),
        ("calcinosis cutis scroti", "scrotal_calcinosis"),
        ("vulvar calcinosis", "vulvar_calcinosis"),
        ("HFTC", "hyperphosphataemic_familial_tumoral_calcinosis"),
        ("hyperphosphatemic familial tumoral calcinosis (GALNT3)", "hyperphosphataemic_familial_tumoral_calcinosis"),
        ("normophosphatemic familial tumoral calcinosis", "normophosphataemic_familial_tumoral_calcinosis"),
        ("uremic tumoral calcinosis of the hip", "uraemic_tumoral_calcinosis"),
        ("tumoral calcinosis in chronic kidney disease", "uraemic_tumoral_calcinosis"),
        ("idiopathic tumoral calcinosis", "primary_tumoral_calcinosis"),
        ("tumoral calcinosis of the elbow", "tumoral_calcinosis"),
        ("calcinosis circumscripta of the fingers", "calcinosis_circumscripta"),
        ("widespread calcinosis", "calcinosis_universalis"),
        ("calcinose généralisée", "calcinosis_universalis"),
        ("Winer's nodular calcinosis", "subepidermal_calcified_nodule"),
        ("subepidermal calcified nodule of the eyelid", "subepidermal_calcified_nodule"),
        ("milia-like idiopathic calcinosis cutis in Down syndrome", "milia_like_calcinosis"),
        ("calcified heel nodules", "heel_stick_calcinosis"),
        ("calcium chloride extravasation", "calcium_chloride_extravasation"),
        ("calcinosis cutis after EEG electrode paste", "electrode_paste_calcinosis"),
        ("post-burn", "post_burn_calcinosis"),
        ("periumbilical perforating PXE", "perforating_calcific_elastosis"),
        ("calcified epidermoid cyst", "calcified_cyst"),
        ("calcifying epithelioma of Malherbe", "calcified_pilomatricoma"),
        ("petrified ear", "auricular_calcification"),
        ("digital calcinosis", "digital_calcinosis"),
        ("nephrogenic calciphylaxis", "uraemic_calciphylaxis"),
        ("calciphylaxis with normal renal function", "nonuraemic_calciphylaxis"),
        ("warfarin-associated calciphylaxis", "warfarin_calciphylaxis"),
        ("penile calciphylaxis in ESRD", "penile_calciphylaxis"),
        ("calciphylaxis of the breast", "breast_calciphylaxis"),
        ("Thibierge-Weissenbach syndrome", "connective_tissue_disease_calcinosis"),
        ("nadroparin-induced calcinosis cutis", "heparin_injection_calcinosis"),
    ],
    "outcome": [
        ("complete resolution", "resolved"),
        ("healed", "resolved"),
        ("no recurrence at 12 months", "resolved"),
        ("resolved without recurrence", "resolved"),
        ("complete healing of ulcers", "resolved"),
        ("curación", "resolved"),
        ("sin recidiva", "resolved"),
        ("geheilt", "resolved"),
        ("asymptomatic at follow-up", "resolved"),
        ("doing well", "improved"),
        ("failed to respond", "stable"),
        ("free of disease at 2 years", "resolved"),
        ("partial response", "improved"),
        ("partially resolved", "improved"),
        ("good response", "improved"),
        ("slow progressive improvement", "improved"),
        ("reduction in size and pain", "improved"),
        ("pain relief", "improved"),
        ("no change", "stable"),
        ("no improvement", "stable"),
        ("did not respond", "stable"),
        ("stable disease", "stable"),
        ("no new lesions", "stable"),
        ("persistent lesions", "stable"),
        ("progressed", "worsened"),
        ("deterioration", "worsened"),
        ("relapsed", "recurred"),
        ("recurrence after 2 years", "recurred"),
        ("recurred and re-excised", "recurred"),
        ("died of sepsis", "died"),
        ("patient passed away", "died"),
        ("improved then died", "died"),
        ("ulcers healed after 4 months; died later", "died"),
        ("fallecimiento", "died"),
        ("lost to follow-up", "lost_to_follow_up"),
        ("perdu de vue", "lost_to_follow_up"),
    ],
    "histology": [
        ("yes", "confirmed"),
        ("biopsy proven", "confirmed"),
        ("confirmed by punch biopsy", "confirmed"),
        ("calcium deposits in dermis", "confirmed"),
        ("von Kossa positive", "confirmed"),
        ("von Kossa stain positive", "confirmed"),
        ("alizarin red positive", "confirmed"),
        ("medial calcification of arterioles", "confirmed"),
        ("histopathology confirmed", "confirmed"),
        ("basophilic deposits in the dermis", "confirmed"),
        ("fine needle aspiration cytology", "confirmed"),
        ("excisional biopsy: calcified nodules", "confirmed"),
        ("histologisch gesichert", "confirmed"),
        ("confirmado por biopsia", "confirmed"),
        ("autopsy", "confirmed"),
        ("negative", "not_confirmed"),
        ("von Kossa negative", "not_confirmed"),
        ("no calcification", "not_confirmed"),
        ("biopsy showed no calcium", "not_confirmed"),
        ("negative biopsy", "not_confirmed"),
        ("inconclusive", "inconclusive"),
        ("non-diagnostic", "inconclusive"),
        ("non-specific", "inconclusive"),
        ("equivocal", "inconclusive"),
        ("no", "~"),
        ("no biopsy", "~"),
        ("biopsy not performed", "~"),
        ("biopsy refused", "~"),
        ("clinical diagnosis", "~"),
        ("sin biopsia", "~"),
    ],
    "imaging": [
        ("plain X-ray", "plain_radiography"),
        ("radiograph of the hand", "plain_radiography"),
        ("Rx", "plain_radiography"),
        ("Röntgen", "plain_radiography"),
        ("no calcification on X-ray", "plain_radiography"),
        ("X-rays and CT", "plain_radiography computed_tomography"),
        ("X-ray, ultrasound", "plain_radiography ultrasound"),
        ("CT chest", "computed_tomography"),
        ("3D CT reconstruction", "computed_tomography"),
        ("TAC", "computed_tomography"),
        ("CBCT", "computed_tomography"),
        ("dual-energy CT", "computed_tomography"),
        ("CT angiography", "ct_angiography"),
        ("MRI of the thigh", "magnetic_resonance_imaging"),
        ("IRM", "magnetic_resonance_imaging"),
        ("USG", "ultrasound"),
        ("ecografía", "ultrasound"),
        ("high-resolution ultrasound", "ultrasound"),
        ("Doppler", "doppler_ultrasound"),
        ("colour Doppler", "doppler_ultrasound"),
        ("99mTc-MDP bone scan", "bone_scintigraphy"),
        ("Knochenszintigraphie", "bone_scintigraphy"),
        ("PET/CT", "pet_ct"),
        ("18F-FDG PET/CT", "pet_ct"),
        ("SPECT/CT", "spect_ct"),
        ("mammogram", "mammography"),
        ("panoramic radiograph", "dental_radiography"),
        ("dermatoscopy", "dermoscopy"),
        ("barium swallow", "fluoroscopy"),
        ("DSA", "angiography"),
        ("no radiograph or CT", "-plain_radiography -computed_tomography"),
    ],
    "treatments": [
        ("surgical excision under general anaesthesia", "excision"),
        ("excision under local anaesthesia with primary closure", "excision reconstruction"),
        ("escisión quirúrgica", "excision"),
        ("IV STS 25 g three times weekly", "intravenous_sodium_thiosulfate"),
        (
            "intravenous and intralesional sodium thiosulfate",
            "intravenous_sodium_thiosulfate intralesional_sodium_thiosulfate",
        ),
        ("topical sodium thiosulfate 25%", "topical_sodium_thiosulfate"),
        ("topical 10% sodium thiosulfate", "topical_sodium_thiosulfate"),
        ("sodium thiosulfate 12.5 g IV", "intravenous_sodium_thiosulfate"),
        ("intravenous antibiotics and sodium thiosulfate", "antibiotic sodium_thiosulfate"),
        ("warfarin discontinued", "withdrawal_of_trigger"),
        ("stopped calcium supplements", "withdrawal_of_trigger"),
        ("discontinuation of warfarin and start of sodium thiosulfate", "withdrawal_of_trigger sodium_thiosulfate"),
        ("switched from warfarin to apixaban", "withdrawal_of_trigger direct_oral_anticoagulant"),
        ("sodium thiosulfate (stopped)", "sodium_thiosulfate"),
        ("refused surgery", "-surgery"),
        ("no treatment", "-none"),
        ("not treated", "-none"),
        ("parathyroidectomy planned", "~parathyroidectomy"),
        ("total parathyroidectomy with autotransplantation", "parathyroidectomy"),
        ("diltiazem 120 mg/d", "diltiazem"),
        ("IVIg 2 g/kg monthly", "immunoglobulin"),
        ("prednisone + azathioprine", "prednisone azathioprine"),
        ("methotrexate and prednisone", "methotrexate prednisone"),
        ("antibiotics, debridement and skin graft", "antibiotic debridement skin_graft"),
        ("low phosphate diet and sevelamer", "low_phosphate_diet sevelamer"),
        ("hemodialysis with low calcium bath", "haemodialysis low_calcium_dialysate"),
        ("increased dialysis frequency", "intensified_haemodialysis"),
        ("hyperbaric oxygen therapy, 20 sessions", "hyperbaric_oxygen"),
        ("bisphosphonates (pamidronate)", "bisphosphonate pamidronate"),
        ("aluminum hydroxide", "aluminium_hydroxide"),
        ("CO2 laser", "laser"),
        ("ESWL", "shock_wave_lithotripsy"),
        ("tofacitinib", "jak_inhibitor"),
        ("rituximab infusions x2", "rituximab"),
        ("hydroxychloroquine without improvement", "antimalarial"),
        ("pain control with fentanyl", "analgesic"),
        ("watchful waiting", "observation"),
        ("amputation of right leg", "amputation"),
        ("vitamin K", "vitamin_k"),
        ("traitement chirurgical", "surgery"),
    ],
    "morphology": [
        ("multiple firm subcutaneous nodules", "multiple firm subcutaneous_nodule"),
        ("yellowish hard bodies of 3 mm", "yellow hard"),
        ("yellowish-white papules on an erythematous base", "yellow_white papule erythema"),
        ("no ulceration", "-ulcer"),
        ("non-tender, mobile mass", "-tender mobile mass"),
        ("nontender", "-tender"),
        ("no pain, redness or ulceration", "-pain -erythema -ulcer"),
        ("painless swelling without discharge", "-pain swelling -discharge"),
        ("no ulceration but tender", "-ulcer tender"),
        ("asymptomatic papules", "-symptom papule"),
        ("hard, skin-coloured nodules", "hard skin_coloured nodule"),
        ("flesh-colored nodule", "skin_coloured nodule"),
        ("chalky white discharge", "chalky_discharge"),
        ("milk-like discharge", "chalky_discharge"),
        ("black eschar with surrounding livedo", "black eschar livedo"),
        ("retiform purpura", "retiform_purpura"),
        ("indurated plaques with central necrosis", "indurated plaque necrosis"),
        ("dome-shaped yellow papules", "dome_shaped yellow papule"),
        ("verrucous plaque", "verrucous plaque"),
        ("stone-hard", "hard"),
        ("violaceous plaque", "violaceous plaque"),
        ("draining sinus", "fistula"),
        ("mottled", "livedo"),
        ("woody induration", "hard indurated"),
        ("tender subcutaneous plaques", "tender subcutaneous plaque"),
        ("nódulos duros", "nodule hard"),
        ("plaques jaunâtres", "plaque yellow"),
        ("harte Knoten", "hard nodule"),
        ("calcified cyst", "calcification cyst"),
        ("lobulated mass", "lobulated mass"),
        ("umbilicated papules", "umbilicated papule"),
        ("gangrenous toe", "gangrene"),
        ("non-healing ulcer", "chronic ulcer"),
    ],
    "country": [
        ("USA", "usa"),
        ("U.S.A.", "usa"),
        ("Texas, USA", "usa"),
        ("New York, United States", "usa"),
        ("UK", "gbr"),
        ("England", "gbr"),
        ("Scotland", "gbr"),
        ("Great Britain", "gbr"),
        ("Republic of Korea", "kor"),
        ("Korea", "kor"),
        ("P.R. China", "chn"),
        ("Hong Kong", "hkg"),
        ("Taiwan, ROC", "twn"),
        ("Türkiye", "tur"),
        ("Turkiye", "tur"),
        ("Deutschland", "deu"),
        ("España", "esp"),
        ("Brasil", "bra"),
        ("The Netherlands", "nld"),
        ("Holland", "nld"),
        ("Ivory Coast", "civ"),
        ("Czechia", "cze"),
        ("Burma", "mmr"),
        ("Russia", "rus"),
        ("Iran (Islamic Republic of)", "irn"),
        ("Viet Nam", "vnm"),
        ("UAE", "are"),
        ("Bosnia", "bih"),
        ("DR Congo", "cod"),
        ("Macedonia", "mkd"),
        ("Maroc", "mar"),
        ("Suisse", "che"),
    ],
}
CASES = [(field, text, expected) for field, cases in SAID.items() for text, expected in cases]


def said(field: str, text: str) -> str:
    """The items of a text in one line: `-` absent, `~` not assessed, `?` unknown words."""
    marks = {"present": "", "absent": "-", "not_assessed": "~", "not_reported": "~"}
    words = []
    for item in code_terms(field, text):
        unknown = "?" if item.state == "present" else ""
        words.append(marks[item.state] + (item.code or unknown))
    return " ".join(words)


@pytest.mark.parametrize(("field", "text", "expected"), CASES)
def test_words_are_coded(field: str, text: str, expected: str) -> None:
    assert said(field, text) == expected


@pytest.mark.parametrize("field", sorted(SAID))
def test_thirty_phrases_stand_for_each_field(field: str) -> None:
    assert len({text for text, _ in SAID[field]}) >= 30


@pytest.mark.parametrize("field", sorted(VOCABULARIES))
def test_unknown_words_stay_as_the_author_wrote_them(field: str) -> None:
    item = code_terms(field, "Foobar quux")[0]
    assert (item.text, item.code, item.state) == ("Foobar quux", None, "present")


def test_one_unknown_member_of_an_enumeration_is_kept_beside_the_known_one() -> None:
    items = code_terms("treatments", "excision and foobarectomy")
    assert [(item.text, item.code) for item in items] == [("excision", "excision"), ("foobarectomy", None)]


def test_a_single_finding_keeps_all_of_the_words() -> None:
    assert code_terms("treatments", "diltiazem 120 mg/d")[0].text == "diltiazem 120 mg/d"


def test_several_findings_keep_their_own_words() -> None:
    items = code_terms("morphology", "yellowish hard bodies of 2 mm")
    assert [item.text for item in items] == ["yellowish", "hard"]


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("sex", "male and female", "says more than one: male, female"),
        ("country", "Spain / Portugal", "says more than one: esp, prt"),
        ("variant_stated", "dystrophic and metastatic", "says more than one: dystrophic, metastatic"),
        ("variant_stated", "calcinosis universalis", "'calcinosis_universalis' is a subtype that tells no variant"),
    ],
)
def test_a_single_valued_field_takes_no_two_answers(field: str, text: str, problem: str) -> None:
    items = code_terms(field, text)
    assert [(item.code, item.problem) for item in items] == [(None, problem)]


def test_a_planned_treatment_is_not_one_that_was_given() -> None:
    item = code_terms("treatments", "surgery was recommended")[0]
    assert (item.code, item.state, item.interpretation) == ("surgery", "not_assessed", "planned")


def test_the_longest_phrase_wins() -> None:
    index = PhraseIndex({"bone": "a", "bone scan": "b"})
    assert [match.code for match in index.find(tokens_of("the bone scan of bone"))] == ["b", "a"]


def test_a_phrase_does_not_run_across_a_comma() -> None:
    index = PhraseIndex({"bone scan": "b"})
    assert index.find(tokens_of("bone, scan")) == []
    assert [match.code for match in index.find(tokens_of("bone/scan"))] == ["b"]


def test_traumatic_stands_with_iatrogenic() -> None:
    assert load_vocabulary("variant").ancestors("traumatic") == ["iatrogenic"]


def test_a_subtype_whose_variant_depends_on_the_case_has_no_parent() -> None:
    assert load_vocabulary("variant").terms["calcinosis_universalis"].parent is None
