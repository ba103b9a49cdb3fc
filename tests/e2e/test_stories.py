"""Stories 1 and 2: a learner uploads, follows, finds, is asked, and sees where it comes from."""

import pytest

from tests.e2e.course import CHAPTERS, WANTED, Wanted
from tests.e2e.files import GOOD, pdf
from tests.e2e.student import Json, Student

ORDER = ("uploaded", "processing", "processed", "indexing", "ready")


async def test_a_pdf_is_followed_live_found_asked_about_and_cited(ada: Student) -> None:
    content = pdf()

    async with ada.tab() as tab:
        await tab.resume()
        uploaded = await ada.upload("course.pdf", content, title="A short course", tags="study")
        await tab.until("notification.created", type="document.ready")
        await tab.until("document.status", status="ready")
        about = uploaded["id"]

        states = tab.named("document.status")
        assert [one["status"] for one in states] == sorted(
            (one["status"] for one in states), key=ORDER.index
        )
        progress = [one["progress"] for one in states]
        assert progress == sorted(progress)
        assert progress[-1] == 100
        for name in ("document.uploaded", "document.processed", "indexing.completed"):
            await tab.until(name, document_id=about)
        assert all(one["data"].get("document_id", about) == about for one in tab.events)

        document = await ada.get(f"/api/v1/documents/{about}")
        assert (document["status"], document["progress"]) == ("ready", 100)
        assert (document["title"], document["tags"]) == ("A short course", ["study"])
        assert document["pages"] == len(CHAPTERS) >= 20

        for wanted in WANTED:
            await expect_found(ada, about, wanted, page=wanted.page)

        quiz = await ada.quiz(about, 8)
        await tab.until("notification.created", type="quiz.ready")
        await tab.until("quiz.generated", quiz_id=quiz["id"])

    text = await ada.get(f"/api/v1/documents/{about}/text")
    await expect_sources(quiz, text)
    await expect_graded(ada, quiz)
    told = await ada.get("/api/v1/notifications")
    assert sorted(one["type"] for one in told["items"]) == ["document.ready", "quiz.ready"]
    assert told["unread"] == 2


@pytest.mark.parametrize("name", GOOD)
async def test_other_formats_are_found_asked_about_and_cited_too(ada: Student, name: str) -> None:
    document = await ada.read(name, GOOD[name]())

    text = await ada.get(f"/api/v1/documents/{document['id']}/text")
    assert len(text["pages"]) == 1
    for wanted in WANTED:
        await expect_found(ada, document["id"], wanted, page=1)
        assert wanted.sentence in text["text"]
    quiz = await ada.quiz(document["id"], 4)
    await expect_sources(quiz, text)
    await expect_graded(ada, quiz)


async def expect_found(ada: Student, about: str, wanted: Wanted, *, page: int) -> None:
    """Find a sentence by other words and by one of its own, on its page."""
    by_meaning = await ada.search(wanted.paraphrase, mode="semantic", limit=3)
    hits = [one for one in by_meaning["results"] if wanted.sentence in flat(one["text"])]
    assert hits, (wanted.paraphrase, [one["text"][:80] for one in by_meaning["results"]])
    by_word = await ada.search(wanted.word, mode="text", limit=3)
    first = by_word["results"][0]
    assert wanted.word.lower() in first["text"].lower()
    assert "<mark>" in first["snippet"]
    for hit in (hits[0], first):
        assert (hit["document_id"], hit["page"]) == (about, page)
    both = await ada.search(wanted.paraphrase, limit=5)
    assert (both["mode"], both["degraded"]) == ("hybrid", False)
    assert any(wanted.sentence in flat(one["text"]) for one in both["results"])


async def expect_sources(quiz: Json, text: Json) -> None:
    """See that each question's source is the text's own words, on the page it names."""
    assert quiz["status"] == "ready"
    assert quiz["made"] == len(quiz["questions"]) > 0
    assert quiz["made"] == quiz["requested"] or quiz["reason"]
    for question in quiz["questions"]:
        source = question["source"]
        start, end = source["start"], source["end"]
        assert source["quote"] == text["text"][start:end]
        assert source["text_version"] == text["version"]
        [page] = [one for one in text["pages"] if one["start"] <= start < one["end"]]
        assert source["page"] == page["page"]


async def expect_graded(ada: Student, quiz: Json) -> None:
    """Answer all but the first question rightly, and be graded so."""
    route = f"/api/v1/quizzes/{quiz['id']}/attempts"
    started = await ada.http.post(route)
    assert started.status_code == 201
    attempt = f"/api/v1/attempts/{started.json()['id']}"
    wrong, *right = quiz["questions"]
    for question, response in ((wrong, "wrong"), *((one, one["answer"]) for one in right)):
        body = {"response": other_than(question) if response == "wrong" else response}
        answer = await ada.http.put(f"{attempt}/answers/{question['id']}", json=body)
        assert answer.status_code == 200, answer.text

    finished = (await ada.http.post(f"{attempt}/finish")).raise_for_status().json()

    points = {one["id"]: one["points"] for one in quiz["questions"]}
    assert finished["max_score"] == sum(points.values())
    assert finished["score"] == sum(points.values()) - points[wrong["id"]]
    graded = {one["question_id"]: one for one in finished["answers"]}
    assert not graded[wrong["id"]]["correct"]
    assert all(graded[one["id"]]["correct"] for one in right)
    assert all(graded[one["id"]]["source"] == one["source"] for one in quiz["questions"])
    assert (await ada.get(route))["items"][0]["score"] == finished["score"]


def other_than(question: Json) -> str:
    """A response that is wrong."""
    options = [one["id"] for one in question["options"] or []]
    return next((one for one in options if one != question["answer"]), "certainly not this")


def flat(text: str) -> str:
    """The words of a passage, whatever its line ends are."""
    return " ".join(text.split())
