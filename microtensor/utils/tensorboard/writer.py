"""`SummaryWriter`: where a program logs numbers, histograms, pictures and texts, step by step."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from . import embedding, summary
from .images import figure_to_image, make_np
from .protos import load

__all__ = ["FileWriter", "SummaryWriter"]


class FileWriter:
    """One file of events in a folder, written by a thread of the package ``tensorboard``."""

    def __init__(
        self, log_dir: str | os.PathLike[str], max_queue: int = 10, flush_secs: int = 120,
        filename_suffix: str = "",
    ) -> None:  # fmt: skip
        writer = load("summary.writer.event_file_writer").EventFileWriter
        self.event_writer = writer(str(log_dir), max_queue, flush_secs, filename_suffix)

    def get_logdir(self) -> str:
        """The folder."""
        return self.event_writer.get_logdir()  # type: ignore[no-any-return]

    def add_event(self, event: Any, step: Any = None, walltime: float | None = None) -> None:
        """Write a record, at a step and at a time."""
        event.wall_time = time.time() if walltime is None else walltime
        if step is not None:
            event.step = int(step)
        self.event_writer.add_event(event)

    def add_summary(self, summary: Any, global_step: Any = None, walltime: float | None = None) -> None:
        """Write what one of the functions of `summary` made."""
        self.add_event(load("compat.proto.event_pb2").Event(summary=summary), global_step, walltime)

    def flush(self) -> None:
        """Write to the disk what is waiting."""
        self.event_writer.flush()

    def close(self) -> None:
        """Write what is waiting, and close the file."""
        self.event_writer.close()

    def reopen(self) -> None:
        """Go on writing after `close`."""
        self.event_writer.reopen()


class SummaryWriter:
    """Writes files that TensorBoard shows; in a ``with``, closes them at its end.

    `log_dir` is ``runs/TIME_HOST`` and `comment` if not given.  Steps from `purge_step` on that an earlier
    run logged are hidden.  Each ``add_...`` takes a tag and a step, and `walltime` in seconds.

    Raises ``ImportError`` without the package ``tensorboard``.
    """

    def __init__(
        self, log_dir: str | os.PathLike[str] | None = None, comment: str = "", purge_step: int | None = None,
        max_queue: int = 10, flush_secs: int = 120, filename_suffix: str = "",
    ) -> None:  # fmt: skip
        now = datetime.now().strftime("%b%d_%H-%M-%S")
        self.log_dir = log_dir or os.path.join("runs", f"{now}_{socket.gethostname()}{comment}")
        self.purge_step, self.max_queue, self.flush_secs = purge_step, max_queue, flush_secs
        self.filename_suffix = filename_suffix
        self.file_writer: FileWriter | None = None
        self.all_writers: dict[str, FileWriter] | None = None
        self._get_file_writer()
        self.default_bins = _default_bins()

    def _file(self, folder: Any) -> FileWriter:
        return FileWriter(folder, self.max_queue, self.flush_secs, self.filename_suffix)

    def _get_file_writer(self) -> FileWriter:
        """The writer of the folder itself, opened again after `close`."""
        if self.file_writer is None or self.all_writers is None:
            self.file_writer = self._file(self.log_dir)
            self.all_writers = {self.file_writer.get_logdir(): self.file_writer}
            if self.purge_step is not None:
                protos, step = load("compat.proto.event_pb2"), self.purge_step
                self.file_writer.add_event(protos.Event(step=step, file_version="brain.Event:2"))
                session = protos.SessionLog(status=protos.SessionLog.START)
                self.file_writer.add_event(protos.Event(step=step, session_log=session))
                self.purge_step = None
        return self.file_writer

    def _add(self, made: Any, step: Any = None, walltime: float | None = None) -> None:
        self._get_file_writer().add_summary(made, step, walltime)

    def get_logdir(self) -> str | os.PathLike[str]:
        """The folder."""
        return self.log_dir

    def add_hparams(
        self, hparam_dict: dict[str, Any], metric_dict: dict[str, Any],
        hparam_domain_discrete: dict[str, list[Any]] | None = None, run_name: str | None = None,
        global_step: Any = None,
    ) -> None:  # fmt: skip
        """Log hyperparameters and the metrics that they led to, in a folder of their own."""
        if type(hparam_dict) is not dict or type(metric_dict) is not dict:
            raise TypeError("hparam_dict and metric_dict should be dictionary.")
        records = summary.hparams(hparam_dict, metric_dict, hparam_domain_discrete)
        folder = os.path.join(self._get_file_writer().get_logdir(), run_name or str(time.time()))
        with SummaryWriter(folder) as run:
            for record in records:
                run._add(record, global_step)
            for name, value in metric_dict.items():
                run.add_scalar(name, value, global_step)

    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: Any = None, walltime: float | None = None,
        new_style: bool = False, double_precision: bool = False,
    ) -> None:  # fmt: skip
        """Log a number."""
        made = summary.scalar(tag, scalar_value, new_style=new_style, double_precision=double_precision)
        self._add(made, global_step, walltime)

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: dict[str, Any], global_step: Any = None,
        walltime: float | None = None,
    ) -> None:  # fmt: skip
        """Log several numbers in one chart, each in a folder of its own."""
        walltime = time.time() if walltime is None else walltime
        folder = self._get_file_writer().get_logdir()
        writers = self.all_writers
        assert writers is not None
        for tag, value in tag_scalar_dict.items():
            place = f"{folder}/{main_tag.replace('/', '_')}_{tag}"
            if place not in writers:
                writers[place] = self._file(place)
            writers[place].add_summary(summary.scalar(main_tag, value), global_step, walltime)

    def add_tensor(
        self, tag: str, tensor: Any, global_step: Any = None, walltime: float | None = None
    ) -> None:  # fmt: skip
        """Log a whole tensor."""
        self._add(summary.tensor_proto(tag, tensor), global_step, walltime)

    def add_histogram(
        self, tag: str, values: Any, global_step: Any = None, bins: Any = "tensorflow",
        walltime: float | None = None, max_bins: int | None = None,
    ) -> None:  # fmt: skip
        """Log the histogram of values, over bins that grow by a tenth, or over those of `numpy.histogram`."""
        chosen = self.default_bins if isinstance(bins, str) and bins == "tensorflow" else bins
        self._add(summary.histogram(tag, values, chosen, max_bins), global_step, walltime)

    def add_histogram_raw(
        self, tag: str, min: Any, max: Any, num: Any, sum: Any, sum_squares: Any, bucket_limits: Any,
        bucket_counts: Any, global_step: Any = None, walltime: float | None = None,
    ) -> None:  # fmt: skip
        """Log a histogram of which all is known; ``ValueError`` if limits and counts do not pair."""
        if len(bucket_limits) != len(bucket_counts):
            raise ValueError("len(bucket_limits) != len(bucket_counts), see the document.")
        made = summary.histogram_raw(tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts)
        self._add(made, global_step, walltime)

    def add_image(
        self, tag: str, img_tensor: Any, global_step: Any = None, walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:  # fmt: skip
        """Log a picture of numbers from 0 to 1, or of bytes; `dataformats` names its dimensions."""
        self._add(summary.image(tag, img_tensor, dataformats=dataformats), global_step, walltime)

    def add_images(
        self, tag: str, img_tensor: Any, global_step: Any = None, walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:  # fmt: skip
        """Log several pictures in one, eight in a row."""
        self.add_image(tag, img_tensor, global_step, walltime, dataformats)

    def add_image_with_boxes(
        self, tag: str, img_tensor: Any, box_tensor: Any, global_step: Any = None,
        walltime: float | None = None, rescale: float = 1, dataformats: str = "CHW",
        labels: str | Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """Log a picture with boxes (xmin, ymin, xmax, ymax), drawn by Pillow."""
        named = [labels] if isinstance(labels, str) else labels
        named = named if named is not None and len(named) == len(box_tensor) else None
        made = summary.image_boxes(tag, img_tensor, box_tensor, rescale, dataformats, named)
        self._add(made, global_step, walltime)

    def add_figure(
        self, tag: str, figure: Any, global_step: Any = None, close: bool = True,
        walltime: float | None = None,
    ) -> None:  # fmt: skip
        """Log a figure of Matplotlib, or several, and close them."""
        order = "NCHW" if isinstance(figure, list) else "CHW"
        self.add_image(tag, figure_to_image(figure, close), global_step, walltime, order)

    def add_video(
        self, tag: str, vid_tensor: Any, global_step: Any = None, fps: float = 4,
        walltime: float | None = None,
    ) -> NoReturn:  # fmt: skip
        """Raises ``NotImplementedError``: log the frames with `add_images`."""
        raise NotImplementedError("add_video is not in microtensor: log the frames with add_images")

    def add_audio(
        self, tag: str, snd_tensor: Any, global_step: Any = None, sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:  # fmt: skip
        """Log a sound of one channel, of numbers from -1 to 1."""
        self._add(summary.audio(tag, snd_tensor, sample_rate), global_step, walltime)

    def add_text(
        self, tag: str, text_string: str, global_step: Any = None, walltime: float | None = None
    ) -> None:  # fmt: skip
        """Log a text in Markdown."""
        self._add(summary.text(tag, text_string), global_step, walltime)

    def add_graph(
        self, model: Any, input_to_model: Any = None, verbose: bool = False, use_strict_trace: bool = True
    ) -> NoReturn:  # fmt: skip
        """Raises ``NotImplementedError``: `microtensor.viz` draws a model's graph."""
        raise NotImplementedError(
            "add_graph is not in microtensor: microtensor.viz draws the graph, and add_image logs pictures"
        )

    def add_onnx_graph(self, prototxt: Any) -> NoReturn:
        """Raises ``NotImplementedError``: `microtensor.viz` draws a model's graph."""
        self.add_graph(None)

    @staticmethod
    def _encode(rawstr: str) -> str:
        """A tag as a folder's name."""
        return rawstr.replace("%", "%25").replace("/", "%2f").replace("\\", "%5c")

    def add_embedding(
        self, mat: Any, metadata: Any = None, label_img: Any = None, global_step: Any = None,
        tag: str = "default", metadata_header: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """Log points (number, dimension), with labels and pictures (number, colour, height, width)."""
        step = 0 if global_step is None else int(global_step)
        folder, inside = self._get_file_writer().get_logdir(), f"{step:05}/{self._encode(tag)}"
        embedding.write(Path(folder, inside), make_np(mat), metadata, label_img, metadata_header)
        if not hasattr(self, "_projector_config"):
            self._projector_config = load("plugins.projector.projector_config_pb2").ProjectorConfig()
        record = embedding.record(inside, tag, step, metadata, label_img)
        self._projector_config.embeddings.extend([record])
        Path(folder, "projector_config.pbtxt").write_text(str(self._projector_config))

    def add_pr_curve(
        self, tag: str, labels: Any, predictions: Any, global_step: Any = None, num_thresholds: int = 127,
        weights: Any = None, walltime: float | None = None,
    ) -> None:  # fmt: skip
        """Log the curve of precision and recall of predictions from 0 to 1."""
        made = summary.pr_curve(tag, make_np(labels), make_np(predictions), num_thresholds, weights)
        self._add(made, global_step, walltime)

    def add_pr_curve_raw(
        self, tag: str, true_positive_counts: Any, false_positive_counts: Any, true_negative_counts: Any,
        false_negative_counts: Any, precision: Any, recall: Any, global_step: Any = None,
        num_thresholds: int = 127, weights: Any = None, walltime: float | None = None,
    ) -> None:  # fmt: skip
        """Log a curve of precision and recall of which all is known."""
        made = summary.pr_curve_raw(
            tag, true_positive_counts, false_positive_counts, true_negative_counts, false_negative_counts,
            precision, recall, num_thresholds, weights,
        )  # fmt: skip
        self._add(made, global_step, walltime)

    def add_custom_scalars_multilinechart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:  # fmt: skip
        """Show several scalars in one chart."""
        self.add_custom_scalars({category: {title: ["Multiline", tags]}})

    def add_custom_scalars_marginchart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:  # fmt: skip
        """Show a scalar between two others; ``AssertionError`` for another number than three."""
        if len(tags) != 3:
            raise AssertionError(f"Expected 3 tags, got {len(tags)}.")
        self.add_custom_scalars({category: {title: ["Margin", tags]}})

    def add_custom_scalars(self, layout: dict[str, dict[str, Any]]) -> None:
        """Show charts of several scalars: ``{category: {title: ["Multiline" or "Margin", tags]}}``."""
        self._add(summary.custom_scalars(layout))

    def add_mesh(
        self, tag: str, vertices: Any, colors: Any = None, faces: Any = None,
        config_dict: dict[str, Any] | None = None, global_step: Any = None, walltime: float | None = None,
    ) -> None:  # fmt: skip
        """Log points or a mesh in space, (batch, number, 3) each."""
        self._add(summary.mesh(tag, vertices, colors, faces, config_dict), global_step, walltime)

    def flush(self) -> None:
        """Write to the disk what is waiting."""
        for writer in (self.all_writers or {}).values():
            writer.flush()

    def close(self) -> None:
        """Close the files; what is added later opens them again."""
        for writer in (self.all_writers or {}).values():
            writer.close()
        self.file_writer = self.all_writers = None

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _default_bins() -> list[float]:
    """TensorFlow's bins: from 1e-12 to 1e20, each a tenth wider, and the same below zero."""
    above = [1e-12]
    while above[-1] * 1.1 < 1e20:
        above.append(above[-1] * 1.1)
    return [*(-x for x in reversed(above)), 0, *above]
